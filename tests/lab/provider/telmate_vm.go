package main

import (
	"fmt"
	"regexp"
	"slices"
	"strings"
	"time"
)

// newPower is the first version with `power_state`, which takes the place of `vm_state`.
const newPower = "3.0.2-rc08"

func telmateVM() definition {
	return definition{
		name: "vm_qemu", short: true,
		fields: []field{
			num("vmid", computed, forces),
			str("name", adopted),
			str("target_node"),
			str("current_node", computed),
			str("description", def("Managed by Terraform."), same(sameTrimmed)),
			str("tags", same(sameTags)),
			str("pool"),
			num("memory", def(512.0)),
			num("balloon", def(0.0)),
			str("bios", def("seabios")),
			str("boot", computed),
			str("scsihw", def("lsi")),
			str("hotplug", def("network,disk,usb")),
			str("qemu_os", adopted),
			str("args"),
			flag("protection", def(false)),
			flag("tablet", def(true)),
			flag("kvm", def(true)),
			flag("start_at_node_boot"),
			num("agent", def(0.0)),
			num("agent_timeout", def(90.0)),
			num("additional_wait", def(5.0)),
			str("vm_state", def("running"), same(onlyAtFirst), until(newPower)),
			str("vm_state", same(onlyAtFirst), since(newPower), deprecated("Use power_state instead")),
			str("power_state", since(newPower)),
			str("ciuser"),
			str("cipassword", secret),
			str("ipconfig0"),
			flag("reboot_required", computed),
			str("default_ipv4_address", computed),
			str("default_ipv6_address", computed),
			str("ssh_host", computed),
			str("ssh_port", computed),
			nest("cpu", 1, num("cores", def(1.0)), num("sockets", def(1.0)), str("type", def("host")), flag("numa", def(false)),
				num("limit", def(0.0)), num("units", def(0.0)), num("vcores", def(0.0)), str("affinity", def(""))),
			nest("disk", 0, str("slot", required), str("type", def("disk")), str("storage"), str("size", computed), str("format"),
				flag("backup", def(true)), flag("replicate"), flag("emulatessd"), flag("iothread"), str("cache"), num("id", computed)),
			nest("network", 32, num("id", required), str("model", required), str("bridge", def("nat")), num("tag"),
				flag("firewall", def(false)), flag("link_down", def(false)), num("mtu"), num("queues"), num("rate"),
				str("macaddr", computed, same(func(state, code any) bool { return strings.EqualFold(textOf(state), textOf(code)) }))),
			nest("startup_shutdown", 1, num("order", def(-1.0)), num("startup_delay", def(-1.0)), num("shutdown_timeout", def(-1.0))),
		},
		adjust: func(plan, prior object) {
			if prior == nil {
				return
			}
			if !equal(plan["vm_state"], prior["vm_state"]) {
				plan["ssh_host"], plan["ssh_port"], plan["default_ipv4_address"] = unknown{}, unknown{}, unknown{}
			}
			// A change that waits for a restart is told by this alone.
			if yes(prior["reboot_required"]) {
				plan["reboot_required"] = unknown{}
			}
		},
		create: telmateVMCreate, read: telmateVMRead, update: telmateVMUpdate, delete: telmateDelete,
	}
}

// onlyAtFirst: a VM is "started" when it is made, and may be stopped later.
func onlyAtFirst(_, code any) bool { return textOf(code) == "started" }

func telmateVMRead(c *call, state object) (object, error) {
	guest, err := telmateGuest(c, state)
	if err != nil {
		return nil, err
	}
	id := fmt.Sprintf("%s/qemu/%d", guest.Node, guest.Vmid)
	at := "nodes/" + id + "/"
	// What runs is read, not what waits for a restart.
	var options []object
	if err := c.get(c.ctx, at+"pending", &options); err != nil {
		return nil, err
	}
	config, out := object{}, copied(state)
	out["reboot_required"] = false
	for _, one := range options {
		if one["value"] != nil {
			config[textOf(one["key"])] = one["value"]
		}
		if one["pending"] != nil || one["delete"] != nil {
			out["reboot_required"] = true
		}
	}
	var status struct{ Status string }
	if err := c.get(c.ctx, at+"status/current", &status); err != nil {
		return nil, err
	}
	out["id"], out["vmid"] = id, float64(guest.Vmid)
	out["target_node"], out["current_node"], out["pool"] = guest.Node, guest.Node, guest.Pool
	if c.made {
		// Read right after the VM was made, it is not known yet.
		out["pool"] = ""
	}
	telmateVMOptions(out, config)
	out["disk"], out["network"] = telmateDisks(config), telmateNetworks(config)
	if _, has := state["power_state"]; has && textOf(state["vm_state"]) == "" {
		out["power_state"] = status.Status
	} else {
		out["vm_state"] = status.Status
	}
	if status.Status != "running" {
		out["default_ipv4_address"], out["ssh_host"], out["ssh_port"] = "", "", ""
		return out, nil
	}
	return out, telmateAddress(c, at, out, config)
}

func telmateVMOptions(out, config object) {
	for name, key := range map[string]string{"name": "name", "description": "description", "tags": "tags", "boot": "boot",
		"hotplug": "hotplug", "scsihw": "scsihw", "args": "args", "ciuser": "ciuser", "ipconfig0": "ipconfig0"} {
		out[name] = textOf(config[key])
	}
	out["bios"], out["qemu_os"] = or(config["bios"], "seabios"), or(config["ostype"], "other")
	out["memory"], out["balloon"] = numberOf(config["memory"]), numberOf(config["balloon"])
	out["protection"], out["start_at_node_boot"] = yes(config["protection"]), yes(config["onboot"])
	out["tablet"], out["kvm"] = yes(or(config["tablet"], "1")), yes(or(config["kvm"], "1"))
	agent, _ := properties(config["agent"])
	out["agent"] = numberOf(agent)
	out["cpu"] = []any{object{
		"cores": numberOf(or(config["cores"], 1)), "sockets": numberOf(or(config["sockets"], 1)), "type": textOf(config["cpu"]),
		"numa": yes(config["numa"]), "limit": numberOf(config["cpulimit"]), "units": numberOf(config["cpuunits"]),
		"vcores": numberOf(config["vcpus"]), "affinity": textOf(config["affinity"]),
	}}
	_, startup := properties(config["startup"])
	out["startup_shutdown"] = []any{object{"order": numberOf(or(startup["order"], -1)),
		"startup_delay": numberOf(or(startup["up"], -1)), "shutdown_timeout": numberOf(or(startup["down"], -1))}}
}

// telmateDisks lists every drive, in the order of Proxmox's names.
func telmateDisks(config object) []any {
	disks := []any{}
	for _, bus := range []struct {
		name string
		max  int
	}{{"ide", 4}, {"sata", 6}, {"scsi", 31}, {"virtio", 16}} {
		for n := range bus.max {
			slot := fmt.Sprintf("%s%d", bus.name, n)
			volume, options := properties(config[slot])
			if volume == "" {
				continue
			}
			store, path, _ := strings.Cut(volume, ":")
			disk := object{"slot": slot, "storage": store, "backup": yes(or(options["backup"], "1")), "replicate": yes(options["replicate"]),
				"emulatessd": yes(options["ssd"]), "iothread": yes(options["iothread"]), "cache": textOf(options["cache"]), "id": 0.0,
				"type": "disk", "size": textOf(options["size"]), "format": "raw"}
			if strings.Contains(path, "cloudinit") {
				disk["type"], disk["size"], disk["format"] = "cloudinit", "", ""
			} else if _, number, numbered := strings.Cut(path, "-disk-"); numbered {
				disk["id"] = numberOf(number)
			}
			disks = append(disks, disk)
		}
	}
	return disks
}

func telmateNetworks(config object) []any {
	devices := []any{}
	for n := range 32 {
		value, there := config[fmt.Sprintf("net%d", n)]
		if !there {
			continue
		}
		_, options := properties(value)
		device := object{"id": float64(n), "bridge": textOf(options["bridge"]), "tag": numberOf(options["tag"]),
			"firewall": yes(options["firewall"]), "link_down": yes(options["link_down"]), "mtu": numberOf(options["mtu"]),
			"queues": numberOf(options["queues"]), "rate": numberOf(options["rate"])}
		for model, mac := range options {
			if macForm.MatchString(textOf(mac)) {
				device["model"], device["macaddr"] = model, strings.ToLower(textOf(mac))
			}
		}
		devices = append(devices, device)
	}
	return devices
}

var addressForm = regexp.MustCompile(`^\d+\.\d+\.\d+\.\d+$`)

// telmateAddress asks the agent for the address of the first network card: after the VM was made until `agent_timeout` is
// over, in a refresh once. An agent that does not answer is an error.
func telmateAddress(c *call, at string, out, config object) error {
	out["ssh_port"] = "22"
	if numberOf(out["agent"]) != 1 {
		out["default_ipv4_address"], out["default_ipv6_address"], out["ssh_host"] = "", "", ""
		return nil
	}
	mac := textOf(first(out["network"])["macaddr"])
	for end := time.Now().Add(time.Duration(numberOf(out["agent_timeout"])) * time.Second); ; time.Sleep(time.Second) {
		var told struct {
			Result []struct {
				Mac     string   `json:"hardware-address"`
				Address []object `json:"ip-addresses"`
			}
		}
		if err := c.get(c.ctx, at+"agent/network-get-interfaces", &told); err != nil {
			return err
		}
		for _, one := range told.Result {
			if !strings.EqualFold(one.Mac, mac) {
				continue
			}
			found := slices.IndexFunc(one.Address, func(a object) bool { return addressForm.MatchString(textOf(a["ip-address"])) })
			if found >= 0 {
				address := textOf(one.Address[found]["ip-address"])
				out["default_ipv4_address"], out["default_ipv6_address"], out["ssh_host"] = address, "", address
				return nil
			}
		}
		if !c.made || time.Now().After(end) {
			break
		}
	}
	c.warn("Qemu Guest Agent is enabled but no IP config is found", "Qemu Guest Agent is enabled in your configuration but no IP "+
		"address was found before the time ran out, increasing 'agent_timeout' could resolve this issue.")
	out["default_ipv4_address"], out["default_ipv6_address"], out["ssh_host"] = "", "", ""
	return nil
}
