package main

import (
	"fmt"
	"net/http"
	"net/url"
	"sort"
	"strconv"
	"strings"
	"time"
)

func container() definition {
	return definition{
		name: "container",
		fields: []field{
			num("vm_id", computed, forces),
			str("node_name", required, forces),
			// FACT §1: Proxmox ends a container's description with a newline, and so does the provider.
			str("description", def(""), normal(func(s string) string {
				if s = strings.TrimSpace(s); s != "" {
					s += "\n"
				}
				return s
			})),
			strs("tags", same(sameSet)),
			// FACT §2: of a container the pool is never read.
			str("pool_id", forces),
			flag("started", def(true)),
			flag("start_on_boot", def(true)),
			flag("protection", def(false)),
			flag("template", def(false), forces),
			flag("unprivileged", def(false), forces),
			str("hook_script_file_id", def("")),
			{name: "environment_variables", kind: textMap},
			{name: "ipv4", kind: textMap, computed: true},
			{name: "ipv6", kind: textMap, computed: true},
			nest("cpu", 1, num("cores", def(1.0)), str("architecture", def("amd64")), num("units", computed), num("limit", def(0.0), since("0.103.0"))),
			nest("memory", 1, num("dedicated", def(512.0)), num("swap", def(0.0))),
			nest("disk", 1, str("datastore_id", def("local"), forces), num("size", def(4.0)), str("path_in_datastore", computed),
				strs("mount_options"), flag("acl", def(false)), flag("quota", def(false)), flag("replicate", def(false))),
			nest("features", 1, flag("nesting", def(false)), flag("fuse", def(false)), flag("keyctl", def(false)),
				flag("mknod", def(false), since("0.103.0")), strs("mount")),
			nest("initialization", 1, str("hostname", def("")), str("entrypoint", def(""), since("0.103.0")),
				nest("ip_config", 10,
					nest("ipv4", 1, str("address", def("")), str("gateway", def(""))),
					nest("ipv6", 1, str("address", def("")), str("gateway", def("")))),
				// FACT §6: the password stands in the state as it is, and another one makes the container anew.
				nest("user_account", 1, strs("keys", forces), str("password", secret, forces))),
			nest("network_interface", 10, str("name", required), str("bridge", def("vmbr0")), str("mac_address", computed),
				num("vlan_id", def(0.0)), flag("firewall", def(false)), flag("enabled", def(true)), num("mtu", def(0.0)),
				num("rate_limit", def(0.0)), flag("host_managed", def(false), since("0.104.0"))),
			nest("operating_system", 1, str("template_file_id", required, forces), str("type", def("unmanaged"), forces)),
		},
		create: containerCreate, read: containerRead, update: containerUpdate, delete: containerDelete,
	}
}

func containerRead(c *call, state object) (object, error) {
	id, out := textOf(state["id"]), copied(state)
	// FACT §3: only the node of the state is asked. A container that was moved counts as deleted, without a word.
	at := fmt.Sprintf("nodes/%s/lxc/%s/", textOf(state["node_name"]), id)
	var config object
	if err := c.get(c.ctx, at+"config", &config); err != nil {
		return nil, wrapped("error retrieving container", err)
	}
	out["vm_id"] = numberOf(id)
	out["description"], out["hook_script_file_id"] = textOf(config["description"]), textOf(config["hookscript"])
	out["tags"] = sortedTags(config["tags"])
	out["unprivileged"], out["protection"] = yes(config["unprivileged"]), yes(config["protection"])
	out["template"], out["start_on_boot"] = yes(config["template"]), yes(config["onboot"])
	out["environment_variables"] = object{}
	out["cpu"] = []any{object{
		"cores": numberOf(or(config["cores"], 1)), "architecture": or(config["arch"], "amd64"),
		"units": numberOf(config["cpuunits"]), "limit": numberOf(config["cpulimit"]),
	}}
	out["memory"] = []any{object{"dedicated": numberOf(config["memory"]), "swap": numberOf(config["swap"])}}
	volume, root := properties(config["rootfs"])
	store, _, _ := strings.Cut(volume, ":")
	// FACT: the path of a container's disk is the whole volume, of a VM's disk without the storage.
	out["disk"] = []any{object{
		"datastore_id": store, "path_in_datastore": volume, "size": numberOf(strings.TrimSuffix(textOf(root["size"]), "G")),
		"mount_options": []any{}, "acl": yes(root["acl"]), "quota": yes(root["quota"]), "replicate": yes(root["replicate"]),
	}}
	_, features := properties(config["features"])
	out["features"] = []any{object{
		"nesting": yes(features["nesting"]), "fuse": yes(features["fuse"]), "keyctl": yes(features["keyctl"]),
		"mknod": yes(features["mknod"]), "mount": []any{},
	}}
	interfaces, addresses := containerNetwork(config)
	out["network_interface"] = interfaces
	// FACT §4: whoever logs in is never read back; what the state has stays, but for a list that was null.
	account := listOf(first(state["initialization"])["user_account"])
	if len(account) > 0 {
		kept := copied(account[0].(object))
		if kept["keys"] == nil {
			kept["keys"] = []any{}
		}
		account = []any{kept}
	}
	out["initialization"] = []any{object{
		"hostname": textOf(config["hostname"]), "entrypoint": "", "ip_config": addresses, "user_account": even(or2(account)),
	}}
	out["operating_system"] = []any{object{
		"template_file_id": first(state["operating_system"])["template_file_id"], "type": textOf(config["ostype"]),
	}}

	var status struct{ Status string }
	if err := c.get(c.ctx, at+"status/current", &status); err != nil {
		return nil, wrapped("error retrieving container status", err)
	}
	out["started"] = status.Status == "running"
	out["ipv4"], out["ipv6"] = object{}, object{}
	if status.Status == "running" && len(interfaces) > 0 {
		out["ipv4"], out["ipv6"] = containerAddresses(c, at)
	}
	return out, nil
}

func or2(list []any) []any {
	if list == nil {
		return []any{}
	}
	return list
}

func containerNetwork(config object) (interfaces, addresses []any) {
	interfaces, addresses = []any{}, []any{}
	for n := range 10 {
		value, there := config[fmt.Sprintf("net%d", n)]
		if !there {
			continue
		}
		_, options := properties(value)
		interfaces = append(interfaces, object{
			"name": textOf(options["name"]), "bridge": textOf(options["bridge"]), "mac_address": textOf(options["hwaddr"]),
			"vlan_id": numberOf(options["tag"]), "firewall": yes(options["firewall"]), "enabled": true, "mtu": numberOf(options["mtu"]),
			"rate_limit": numberOf(options["rate"]), "host_managed": yes(options["host-managed"]),
		})
		family := func(address, gateway string) []any {
			if options[address] == nil && options[gateway] == nil {
				return []any{}
			}
			return []any{object{"address": textOf(options[address]), "gateway": textOf(options[gateway])}}
		}
		if v4, v6 := family("ip", "gw"), family("ip6", "gw6"); len(v4)+len(v6) > 0 {
			addresses = append(addresses, object{"ipv4": v4, "ipv6": v6})
		}
	}
	return interfaces, addresses
}

// FACT §0: a running container without an address holds the reading for 10 s; that it has none then is told to nobody.
func containerAddresses(c *call, at string) (v4, v6 object) {
	for end := time.Now().Add(10 * time.Second); ; time.Sleep(time.Second) {
		var all []struct {
			Name    string
			Address []object `json:"ip-addresses"`
		}
		v4, v6 = object{}, object{}
		_ = c.get(c.ctx, at+"interfaces", &all)
		for _, one := range all {
			for _, address := range one.Address {
				of := map[string]object{"inet": v4, "inet6": v6}[textOf(address["ip-address-type"])]
				if _, had := of[one.Name]; of != nil && !had && one.Name != "lo" {
					of[one.Name] = textOf(address["ip-address"])
				}
			}
		}
		if len(v4)+len(v6) > 0 || time.Now().After(end) {
			return v4, v6
		}
	}
}

func containerOptions(plan object) url.Values {
	form := url.Values{}
	if description := textOf(plan["description"]); description != "" {
		form.Set("description", description)
	}
	if tags := textsOf(plan["tags"]); len(tags) > 0 {
		sort.Strings(tags)
		form.Set("tags", strings.Join(tags, ";"))
	}
	form.Set("onboot", textOf(plan["start_on_boot"]))
	form.Set("protection", textOf(plan["protection"]))
	form.Set("cores", textOf(first(plan["cpu"])["cores"]))
	memory, features, set := first(plan["memory"]), first(plan["features"]), first(plan["initialization"])
	form.Set("memory", textOf(memory["dedicated"]))
	form.Set("swap", textOf(memory["swap"]))
	form.Set("features", "nesting="+textOf(features["nesting"]))
	form.Set("hostname", textOf(set["hostname"]))
	addresses := listOf(set["ip_config"])
	for n, one := range listOf(plan["network_interface"]) {
		device := known1(one)
		value := fmt.Sprintf("name=%s,bridge=%s", textOf(device["name"]), textOf(device["bridge"]))
		for key, name := range map[string]string{"hwaddr": "mac_address", "tag": "vlan_id", "firewall": "firewall"} {
			if v := textOf(device[name]); v != "" && v != "0" {
				value += "," + key + "=" + v
			}
		}
		if n < len(addresses) {
			v4 := first(addresses[n].(object)["ipv4"])
			for key, name := range map[string]string{"ip": "address", "gw": "gateway"} {
				if v := textOf(v4[name]); v != "" {
					value += "," + key + "=" + v
				}
			}
		}
		form.Set("net"+strconv.Itoa(n), value)
	}
	return form
}

func containerCreate(c *call, plan object) (string, error) {
	id, node := textOf(plan["vm_id"]), textOf(plan["node_name"])
	form := containerOptions(plan)
	form.Set("vmid", id)
	system, disk := first(plan["operating_system"]), first(plan["disk"])
	form.Set("ostemplate", textOf(system["template_file_id"]))
	form.Set("rootfs", fmt.Sprintf("%s:%s", textOf(disk["datastore_id"]), textOf(disk["size"])))
	form.Set("unprivileged", textOf(plan["unprivileged"]))
	form.Set("start", textOf(plan["started"]))
	if password := textOf(first(first(plan["initialization"])["user_account"])["password"]); password != "" {
		form.Set("password", password)
	}
	if pool := textOf(plan["pool_id"]); pool != "" {
		form.Set("pool", pool)
	}
	if err := c.send(c.ctx, http.MethodPost, fmt.Sprintf("nodes/%s/lxc", node), form); err != nil {
		return "", wrapped("error creating container", err)
	}
	return id, nil
}

func containerUpdate(c *call, state, plan object) error {
	at := fmt.Sprintf("nodes/%s/lxc/%s/", textOf(plan["node_name"]), textOf(plan["id"]))
	form := containerOptions(plan)
	var drop []string
	for n := len(listOf(plan["network_interface"])); n < len(listOf(state["network_interface"])); n++ {
		drop = append(drop, "net"+strconv.Itoa(n))
	}
	for _, key := range []string{"description", "tags"} {
		if !form.Has(key) && !empty(state[key]) {
			drop = append(drop, key)
		}
	}
	if len(drop) > 0 {
		form.Set("delete", strings.Join(drop, ","))
	}
	if err := c.send(c.ctx, http.MethodPut, at+"config", form); err != nil {
		return wrapped("error updating container", err)
	}
	if size, had := numberOf(first(plan["disk"])["size"]), numberOf(first(state["disk"])["size"]); size > had {
		if err := c.send(c.ctx, http.MethodPut, at+"resize", url.Values{"disk": {"rootfs"}, "size": {fmt.Sprintf("%vG", size)}}); err != nil {
			return wrapped("error resizing container disk", err)
		}
	}
	return vmUpdatePower(c, at, yes(state["started"]), yes(plan["started"]))
}

func containerDelete(c *call, state object) error {
	at := fmt.Sprintf("nodes/%s/lxc/%s", textOf(state["node_name"]), textOf(state["id"]))
	var status struct{ Status string }
	if err := c.get(c.ctx, at+"/status/current", &status); err != nil {
		return wrapped("error retrieving container status", err)
	}
	if status.Status == "running" {
		if err := c.send(c.ctx, http.MethodPost, at+"/status/stop", nil); err != nil {
			return wrapped("error stopping container", err)
		}
	}
	if err := c.send(c.ctx, http.MethodDelete, at, url.Values{"purge": {"1"}}); err != nil {
		return wrapped("error deleting container", err)
	}
	return nil
}
