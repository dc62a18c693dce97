package main

import (
	"fmt"
	"regexp"
	"slices"
	"sort"
	"strings"
	"time"
)

func vm() definition {
	return definition{
		name: "vm",
		fields: []field{
			num("vm_id", computed, forces),
			made(str("node_name", required), []option{func(f *field) {
				// FACT §2: a VM that stands on another node is to be made anew, unless `migrate` is set.
				f.forcesIf = func(plan object) bool { return !yes(plan["migrate"]) }
			}}),
			str("name", def("")),
			str("description", def(""), normal(trimmed)),
			strs("tags", same(sameSet)),
			str("pool_id"),
			flag("started", def(true)),
			flag("on_boot", def(true)),
			flag("protection", def(false)),
			flag("template", def(false)),
			flag("migrate", def(false)),
			flag("stop_on_destroy", def(false)),
			flag("acpi", def(true)),
			flag("tablet_device", def(true)),
			str("bios", def("seabios")),
			str("machine", def("")),
			str("kvm_arguments", def("")),
			str("keyboard_layout", def("en-us")),
			str("scsi_hardware", def("virtio-scsi-pci")),
			str("hook_script_file_id", def(""), since("0.108.0")),
			str("hotplug", computed),
			strs("boot_order", computed),
			strs("mac_addresses", computed),
			strs("network_interface_names", computed),
			field{name: "ipv4_addresses", kind: textLists, computed: true},
			field{name: "ipv6_addresses", kind: textLists, computed: true},
			nest("agent", 1, flag("enabled", def(false)), str("timeout", def("15m")), flag("trim", def(false)), str("type", def("virtio"))),
			nest("cpu", 1, num("cores", def(1.0)), num("sockets", def(1.0)), str("type", def("qemu64")), strs("flags"),
				num("units", computed), num("limit", def(0.0), since("0.103.0")), num("hotplugged", def(0.0)),
				flag("numa", def(false)), str("affinity", def("")), str("architecture", def(""))),
			nest("memory", 1, num("dedicated", def(512.0)), num("floating", def(0.0)), num("shared", def(0.0)),
				str("hugepages", def("")), flag("keep_hugepages", def(false))),
			nest("disk", 31, str("interface", required), str("datastore_id", def("local-lvm")), num("size", def(8.0)),
				str("path_in_datastore", computed), str("file_format", computed), str("file_id", def(""), forces),
				str("import_from", def("")), str("aio", def("io_uring")), str("cache", def("none")), str("discard", def("ignore")),
				flag("backup", def(true)), flag("iothread", def(false)), num("queues", def(0.0), since("0.109.0")),
				flag("replicate", def(true)), str("serial", def("")), flag("ssd", def(false))),
			{name: "network_device", kind: block, computed: true, max: 32, fields: []field{
				str("bridge", def("vmbr0")), str("model", def("virtio")), str("mac_address", computed), num("vlan_id", def(0.0)),
				flag("firewall", def(false)), flag("enabled", def(true)), flag("disconnected"), num("mtu", def(0.0)),
				num("queues", def(0.0)), num("rate_limit", def(0.0)), str("trunks", def(""))}},
			nest("initialization", 1, str("datastore_id", def("local-lvm")), str("interface", adopted), str("file_format", computed),
				str("type", computed), flag("upgrade", computed, since("0.102.0")),
				str("user_data_file_id", computed, forces), str("vendor_data_file_id", computed, forces),
				str("network_data_file_id", computed, forces), str("meta_data_file_id", computed, forces),
				nest("ip_config", 32,
					nest("ipv4", 1, str("address", def("")), str("gateway", def(""))),
					nest("ipv6", 1, str("address", def("")), str("gateway", def("")))),
				// FACT §6: Proxmox shows stars for the password, which go into the state and count as any password.
				nest("user_account", 1, str("username", def("")), strs("keys"), str("password", secret, same(stars)))),
			nest("operating_system", 1, str("type", def("other"))),
			{name: "vga", kind: block, computed: true, max: 1, fields: []field{
				str("type", def("std")), num("memory", def(16.0)), str("clipboard", def(""))}},
		},
		adjust: func(plan, prior object) {
			// FACT §5: a change of devices or of the power makes the addresses "known after apply", and outputs built on them.
			if prior != nil && !(equal(plan["started"], prior["started"]) && equal(plan["network_device"], prior["network_device"])) {
				for _, name := range []string{"ipv4_addresses", "ipv6_addresses", "network_interface_names"} {
					plan[name] = unknown{}
				}
			}
		},
		create: vmCreate, read: vmRead, update: vmUpdate, delete: vmDelete,
	}
}

// stars: of passwords, those that Proxmox shows for any; changed to nothing they are a change.
func stars(state, code any) bool {
	return strings.Trim(textOf(state), "*") == "" && textOf(state) != "" && textOf(code) != ""
}

// FACT §2: the order of tags does not count, their case does.
func sameSet(state, code any) bool {
	a, b := textsOf(state), textsOf(code)
	sort.Strings(a)
	sort.Strings(b)
	return slices.Equal(a, b)
}

func trimmed(s string) string { return strings.TrimSpace(strings.ReplaceAll(s, "\r\n", "\n")) }

func vmRead(c *call, state object) (object, error) {
	id, out := textOf(state["id"]), copied(state)
	// FACT §3: the list of the cluster is asked first, for each VM again. Proxmox leaves out of it what the token may not
	// see, and a VM that is not in it counts as deleted, without a word. It also tells the node.
	var all []struct {
		Vmid int
		Node string
	}
	if err := c.get(c.ctx, "cluster/resources?type=vm", &all); err != nil {
		// FACT §7: that the list cannot be had, for whatever reason, is an error.
		return nil, fmt.Errorf("failed to get resources list of type (\"vm\") for cluster: %v", err)
	}
	node := ""
	for _, one := range all {
		if fmt.Sprint(one.Vmid) == id {
			node = one.Node
		}
	}
	if node == "" {
		return nil, errGone
	}
	at := fmt.Sprintf("nodes/%s/qemu/%s/", node, id)
	var config object
	if err := c.get(c.ctx, at+"config", &config); err != nil {
		return nil, wrapped(fmt.Sprintf("error retrieving VM %s", id), err)
	}
	var status struct{ Status string }
	if err := c.get(c.ctx, at+"status/current", &status); err != nil {
		return nil, wrapped("error retrieving VM status", err)
	}

	out["node_name"], out["vm_id"] = node, numberOf(id)
	out["template"] = yes(config["template"])
	if !yes(out["template"]) || !yes(state["template"]) {
		out["started"] = status.Status == "running"
	}
	for name, key := range map[string]string{"name": "name", "description": "description", "hook_script_file_id": "hookscript", "machine": "machine"} {
		out[name] = textOf(config[key])
	}
	out["kvm_arguments"] = strings.TrimSpace(textOf(config["args"]))
	out["bios"], out["keyboard_layout"] = or(config["bios"], "seabios"), or(config["keyboard"], "en-us")
	out["scsi_hardware"] = or(config["scsihw"], state["scsi_hardware"])
	out["acpi"], out["tablet_device"] = yes(or(config["acpi"], "1")), yes(or(config["tablet"], "1"))
	out["on_boot"], out["protection"] = yes(config["onboot"]), yes(config["protection"])
	out["hotplug"] = or(config["hotplug"], state["hotplug"])
	out["boot_order"] = strings.FieldsFunc(strings.TrimPrefix(textOf(config["boot"]), "order="), func(r rune) bool { return r == ';' })
	out["tags"] = sortedTags(config["tags"])

	vmReadHardware(out, state, config)
	out["disk"] = vmReadDisks(c, node, id, listOf(state["disk"]), config)
	vmReadNetwork(c, at, out, config)
	vmReadInitialization(out, id, config)
	// FACT §3: the pool is looked for in one pool after the other, of those that the token may see; none found is "".
	in, err := poolOf(c, "qemu/"+id)
	if err != nil {
		c.fail(fmt.Errorf("failed to determine pool for VM %s: %w", id, err))
	}
	out["pool_id"] = in
	return out, nil
}

// wrapped says what an error was met at. FACT §7: an answer without data is told as it is.
func wrapped(what string, err error) error {
	if err == errNoData {
		return err
	}
	return fmt.Errorf("%s: %w", what, err)
}

func or(value, instead any) any {
	if textOf(value) == "" {
		return instead
	}
	return value
}

func sortedTags(value any) []string {
	tags := strings.FieldsFunc(textOf(value), func(r rune) bool { return r == ';' || r == ' ' })
	sort.Strings(tags)
	return tags
}

func vmReadHardware(out, state, config object) {
	_, agent := properties(config["agent"])
	was := first(state["agent"])
	out["agent"] = []any{}
	if config["agent"] != nil {
		out["agent"] = []any{object{
			"enabled": yes(agent["enabled"]) || strings.HasPrefix(textOf(config["agent"]), "1"), "trim": yes(agent["fstrim_cloned_disks"]),
			"type": or(agent["type"], "virtio"), "timeout": or(was["timeout"], "15m"),
		}}
	}
	cpuType, cpu := properties(or(config["cpu"], "qemu64"))
	out["cpu"] = []any{object{
		"cores": numberOf(or(config["cores"], 1)), "sockets": numberOf(or(config["sockets"], 1)), "type": or(cpu["cputype"], cpuType),
		// FACT §4: an empty list, where the state after an apply has null.
		"flags": strings.FieldsFunc(textOf(cpu["flags"]), func(r rune) bool { return r == ';' }),
		"units": numberOf(config["cpuunits"]), "limit": numberOf(config["cpulimit"]), "hotplugged": numberOf(config["vcpus"]),
		"numa": yes(config["numa"]), "affinity": textOf(config["affinity"]), "architecture": textOf(config["arch"]),
	}}
	out["memory"] = []any{object{
		"dedicated": numberOf(config["memory"]), "floating": numberOf(config["balloon"]), "shared": 0.0,
		"hugepages": textOf(config["hugepages"]), "keep_hugepages": yes(config["keephugepages"]),
	}}
	out["operating_system"] = []any{object{"type": textOf(config["ostype"])}}
	out["vga"] = []any{}
	if screen := textOf(config["vga"]); screen != "" {
		kind, more := properties(screen)
		out["vga"] = []any{object{"type": or(more["type"], kind), "memory": numberOf(or(more["memory"], 16)), "clipboard": textOf(more["clipboard"])}}
	}
}

// FACT §2: only the disks that the state knows are looked at. One added by hand stays unseen; one that is gone leaves an
// element with nothing in it.
func vmReadDisks(c *call, node, id string, state []any, config object) []any {
	disks := make([]any, len(state))
	for i, one := range state {
		was, _ := one.(object)
		slot := textOf(was["interface"])
		volume, options := properties(config[slot])
		if volume == "" || options["media"] == "cdrom" {
			disks[i] = object{"file_id": "", "import_from": "", "serial": ""}
			continue
		}
		store, path, _ := strings.Cut(volume, ":")
		// FACT §3: the format is asked of the storage, which takes the privilege VM.Config.Disk.
		var found struct{ Format string }
		if err := c.get(c.ctx, fmt.Sprintf("nodes/%s/storage/%s/content/%s", node, store, volume), &found); err != nil {
			c.fail(wrapped(fmt.Sprintf("error get file %s from datastore %s", volume, store), err))
			disks[i] = was
			continue
		}
		size := strings.TrimSuffix(textOf(options["size"]), "G")
		disks[i] = object{
			"interface": slot, "datastore_id": store, "path_in_datastore": path, "file_format": found.Format, "size": numberOf(size),
			"file_id": textOf(was["file_id"]), "import_from": textOf(was["import_from"]), "aio": or(options["aio"], "io_uring"),
			"cache": or(options["cache"], "none"), "discard": or(options["discard"], "ignore"), "backup": yes(or(options["backup"], "1")),
			"iothread": yes(options["iothread"]), "queues": numberOf(options["queues"]), "replicate": yes(or(options["replicate"], "1")),
			"serial": textOf(options["serial"]), "ssd": yes(options["ssd"]),
		}
	}
	return disks
}

var macForm = regexp.MustCompile(`^([0-9A-Fa-f]{2}:){5}[0-9A-Fa-f]{2}$`)

// FACT §2: all network devices are looked at, also those that nobody wrote down.
func vmReadNetwork(c *call, at string, out, config object) {
	devices, macs := []any{}, []string{}
	for n := range 32 {
		value, there := config[fmt.Sprintf("net%d", n)]
		if !there {
			continue
		}
		for len(devices) < n {
			devices, macs = append(devices, object{}), append(macs, "")
		}
		_, options := properties(value)
		device := object{
			"bridge": textOf(options["bridge"]), "vlan_id": numberOf(options["tag"]), "firewall": yes(options["firewall"]), "enabled": true,
			"disconnected": yes(options["link_down"]), "mtu": numberOf(options["mtu"]), "queues": numberOf(options["queues"]),
			"rate_limit": numberOf(options["rate"]), "trunks": textOf(options["trunks"]),
		}
		for model, mac := range options {
			if macForm.MatchString(textOf(mac)) {
				device["model"], device["mac_address"] = model, mac
			}
		}
		devices, macs = append(devices, device), append(macs, textOf(device["mac_address"]))
	}
	out["network_device"], out["mac_addresses"] = devices, macs
	out["ipv4_addresses"], out["ipv6_addresses"], out["network_interface_names"] = []any{}, []any{}, []any{}
	agent := first(out["agent"])
	if !yes(agent["enabled"]) || !yes(out["started"]) {
		return
	}
	timeout, err := time.ParseDuration(textOf(agent["timeout"]))
	if err != nil {
		c.fail(err)
		return
	}
	// FACT §0: an agent that is enabled and does not answer holds the reading for its timeout; then a warning, and no addresses.
	type networkInterface struct {
		Name    string
		Mac     string   `json:"hardware-address"`
		Address []object `json:"ip-addresses"`
	}
	var told struct{ Result []networkInterface }
	for end := time.Now().Add(timeout); ; time.Sleep(time.Second) {
		told.Result = nil
		err := c.get(c.ctx, at+"agent/network-get-interfaces", &told)
		if err == nil && slices.ContainsFunc(told.Result, func(one networkInterface) bool { return one.Name != "lo" && len(one.Address) > 0 }) {
			break
		}
		if time.Now().After(end) {
			id := strings.Split(at, "/")[3]
			c.warn("error waiting for network interfaces from QEMU agent",
				fmt.Sprintf("timeout while waiting for the QEMU agent on VM %q to publish the network interfaces", id))
			out["mac_addresses"] = []any{}
			return
		}
	}
	v4, v6, names, macs := []any{}, []any{}, []string{}, []string{}
	for _, one := range told.Result {
		of := map[string][]any{"ipv4": {}, "ipv6": {}}
		for _, address := range one.Address {
			family := textOf(address["ip-address-type"])
			of[family] = append(of[family], textOf(address["ip-address"]))
		}
		v4, v6 = append(v4, of["ipv4"]), append(v6, of["ipv6"])
		names, macs = append(names, one.Name), append(macs, strings.ToUpper(one.Mac))
	}
	out["ipv4_addresses"], out["ipv6_addresses"], out["network_interface_names"], out["mac_addresses"] = v4, v6, names, macs
}
