package main

import (
	"fmt"
	"net/http"
	"net/url"
	"strings"
)

func telmateContainer() definition {
	return definition{
		name: "lxc", short: true,
		fields: []field{
			num("vmid", computed, forces),
			str("hostname"),
			str("target_node"),
			str("current_node", computed),
			str("ostemplate", forces),
			str("password", secret, forces),
			// Proxmox ends it with a newline, and the provider takes that for a difference.
			str("description"),
			str("tags", same(sameTags)),
			str("pool"),
			num("cores"),
			num("memory", def(512.0)),
			num("swap", def(0.0)),
			num("cpuunits", def(1024.0)),
			flag("start", def(false)),
			flag("onboot", def(false)),
			flag("protection", def(false)),
			flag("unprivileged", def(false), forces),
			{name: "features", kind: blockSet, fields: []field{flag("nesting", def(false)), flag("fuse", def(false)),
				flag("keyctl", def(false)), flag("mknod", def(false)), str("mount", def(""))}},
			nest("rootfs", 1, str("storage", required, forces), str("size", required), str("volume", computed), flag("replicate")),
			nest("network", 0, str("name", required), str("bridge"), str("ip"), str("gw"), flag("firewall"), num("id", computed),
				str("hwaddr", computed), num("tag", computed), str("type", computed)),
		},
		create: telmateContainerCreate, read: telmateContainerRead, update: telmateContainerUpdate, delete: telmateDelete,
	}
}

func telmateContainerRead(c *call, state object) (object, error) {
	guest, err := telmateGuest(c, state)
	if err != nil {
		return nil, err
	}
	id := fmt.Sprintf("%s/lxc/%d", guest.Node, guest.Vmid)
	var config object
	if err := c.get(c.ctx, "nodes/"+id+"/config", &config); err != nil {
		return nil, err
	}
	out := copied(state)
	out["id"], out["vmid"] = id, float64(guest.Vmid)
	out["target_node"], out["current_node"] = guest.Node, guest.Node
	for _, name := range []string{"hostname", "description", "tags"} {
		out[name] = textOf(config[name])
	}
	for _, name := range []string{"cores", "memory", "swap"} {
		out[name] = numberOf(config[name])
	}
	out["cpuunits"] = numberOf(or(config["cpuunits"], 1024))
	for _, name := range []string{"onboot", "protection", "unprivileged"} {
		out[name] = yes(config[name])
	}
	_, features := properties(config["features"])
	// Looked at only where the code has some.
	if !empty(state["features"]) {
		out["features"] = []any{object{"nesting": yes(features["nesting"]), "fuse": yes(features["fuse"]), "keyctl": yes(features["keyctl"]),
			"mknod": yes(features["mknod"]), "mount": textOf(features["mount"])}}
	}
	volume, root := properties(config["rootfs"])
	store, _, _ := strings.Cut(volume, ":")
	out["rootfs"] = []any{object{"storage": store, "size": textOf(root["size"]), "volume": volume, "replicate": yes(root["replicate"])}}
	out["network"] = telmateInterfaces(config)
	// One that is in no pool any more keeps that of the state.
	out["pool"] = or(guest.Pool, state["pool"])
	return out, nil
}

func telmateInterfaces(config object) []any {
	interfaces := []any{}
	for n := range 32 {
		value, there := config[fmt.Sprintf("net%d", n)]
		if !there {
			continue
		}
		_, options := properties(value)
		interfaces = append(interfaces, object{"name": textOf(options["name"]), "bridge": textOf(options["bridge"]), "ip": textOf(options["ip"]),
			"gw": textOf(options["gw"]), "firewall": yes(options["firewall"]), "id": float64(n), "hwaddr": textOf(options["hwaddr"]),
			"tag": numberOf(options["tag"]), "type": textOf(options["type"])})
	}
	return interfaces
}

func telmateContainerForm(plan object) url.Values {
	form := url.Values{"tags": {joinedTags(plan["tags"])}}
	for _, name := range []string{"hostname", "description", "cores", "memory", "swap", "onboot", "protection", "cpuunits"} {
		if value := textOf(plan[name]); value != "" {
			form.Set(name, value)
		}
	}
	form.Set("features", "nesting="+textOf(or(first(plan["features"])["nesting"], false)))
	for n, one := range listOf(plan["network"]) {
		device := known1(one)
		value := fmt.Sprintf("name=%s,bridge=%s", textOf(device["name"]), textOf(device["bridge"]))
		for _, key := range []string{"hwaddr", "ip", "gw", "type"} {
			if v := textOf(device[key]); v != "" {
				value += "," + key + "=" + v
			}
		}
		form.Set(fmt.Sprintf("net%d", n), value)
	}
	return form
}

func telmateContainerCreate(c *call, plan object) (string, error) {
	number, node, root := textOf(plan["vmid"]), textOf(plan["target_node"]), first(plan["rootfs"])
	form := telmateContainerForm(plan)
	for key, value := range map[string]string{
		"vmid": number, "ostemplate": textOf(plan["ostemplate"]), "password": textOf(plan["password"]), "pool": textOf(plan["pool"]),
		"rootfs":       fmt.Sprintf("%s:%s", textOf(root["storage"]), strings.TrimSuffix(textOf(root["size"]), "G")),
		"unprivileged": textOf(plan["unprivileged"]), "start": textOf(plan["start"]),
	} {
		if value != "" {
			form.Set(key, value)
		}
	}
	return fmt.Sprintf("%s/lxc/%s", node, number), c.send(c.ctx, http.MethodPost, fmt.Sprintf("nodes/%s/lxc", node), form)
}

// telmateContainerUpdate moves no container, whatever its `target_node` says.
func telmateContainerUpdate(c *call, state, plan object) error {
	return c.send(c.ctx, http.MethodPut, "nodes/"+textOf(state["id"])+"/config", telmateContainerForm(plan))
}
