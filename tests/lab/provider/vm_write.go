package main

import (
	"fmt"
	"net/http"
	"net/url"
	"strings"
)

// vmOptions is a plan as options of the API, devices left out.
func vmOptions(plan object) url.Values {
	form := url.Values{}
	for name, key := range map[string]string{"name": "name", "description": "description", "bios": "bios", "keyboard_layout": "keyboard",
		"scsi_hardware": "scsihw", "machine": "machine", "kvm_arguments": "args"} {
		if value := textOf(plan[name]); value != "" {
			form.Set(key, value)
		}
	}
	for name, key := range map[string]string{"on_boot": "onboot", "protection": "protection", "acpi": "acpi", "tablet_device": "tablet"} {
		form.Set(key, textOf(plan[name]))
	}
	if tags := textsOf(plan["tags"]); len(tags) > 0 {
		form.Set("tags", strings.Join(tags, ";"))
	}
	agent := first(plan["agent"])
	form.Set("agent", fmt.Sprintf("enabled=%s,fstrim_cloned_disks=%s,type=%s", textOf(agent["enabled"]), textOf(agent["trim"]), textOf(agent["type"])))
	cpu, memory := first(plan["cpu"]), first(plan["memory"])
	form.Set("cores", textOf(cpu["cores"]))
	form.Set("sockets", textOf(cpu["sockets"]))
	form.Set("cpu", "cputype="+textOf(cpu["type"]))
	form.Set("memory", textOf(memory["dedicated"]))
	form.Set("balloon", textOf(memory["floating"]))
	form.Set("ostype", textOf(first(plan["operating_system"])["type"]))
	return form
}

func networkDevice(device object) string {
	model := or(device["model"], "virtio")
	value := fmt.Sprintf("%s,bridge=%s,firewall=%s", model, textOf(device["bridge"]), textOf(device["firewall"]))
	if mac := textOf(device["mac_address"]); mac != "" {
		value = fmt.Sprintf("%s=%s,bridge=%s,firewall=%s", model, mac, textOf(device["bridge"]), textOf(device["firewall"]))
	}
	if vlan := numberOf(device["vlan_id"]); vlan != 0 {
		value += ",tag=" + textOf(vlan)
	}
	return value
}

func vmCreate(c *call, plan object) (string, error) {
	id := textOf(plan["vm_id"])
	form := vmOptions(plan)
	form.Set("vmid", id)
	order := []string{}
	for _, one := range listOf(plan["disk"]) {
		disk := one.(object)
		slot := textOf(disk["interface"])
		form.Set(slot, fmt.Sprintf("%s:%s", textOf(disk["datastore_id"]), textOf(disk["size"])))
		if slot == "scsi0" || slot == "virtio0" {
			order = append(order, slot)
		}
	}
	for n, one := range listOf(plan["network_device"]) {
		form.Set(fmt.Sprintf("net%d", n), networkDevice(one.(object)))
	}
	form.Set("boot", "order="+strings.Join(append(order, "net0"), ";"))
	if set := first(plan["initialization"]); len(set) > 0 {
		form.Set("ide2", textOf(set["datastore_id"])+":cloudinit,media=cdrom")
		vmCloudInit(set, form)
	}
	if pool := textOf(plan["pool_id"]); pool != "" {
		form.Set("pool", pool)
	}
	node := textOf(plan["node_name"])
	if err := c.send(c.ctx, http.MethodPost, fmt.Sprintf("nodes/%s/qemu", node), form); err != nil {
		return "", wrapped("error creating VM", err)
	}
	if yes(plan["started"]) {
		if err := c.send(c.ctx, http.MethodPost, fmt.Sprintf("nodes/%s/qemu/%s/status/start", node, id), nil); err != nil {
			return "", wrapped("error starting VM", err)
		}
	}
	return id, nil
}

func vmUpdate(c *call, state, plan object) error {
	id, node := textOf(plan["id"]), textOf(state["node_name"])
	if target := textOf(plan["node_name"]); target != node {
		err := c.send(c.ctx, http.MethodPost, fmt.Sprintf("nodes/%s/qemu/%s/migrate", node, id),
			url.Values{"target": {target}, "online": {"1"}, "with-local-disks": {"1"}})
		if err != nil {
			return wrapped("error migrating VM", err)
		}
		node = target
	}
	at := fmt.Sprintf("nodes/%s/qemu/%s/", node, id)
	form := vmOptions(plan)
	var drop []string
	// FACT: arguments set by hand stay. They are sent as "", which fakepve passes over; what a real Proxmox does is not known.
	for name, key := range map[string]string{"description": "description", "machine": "machine"} {
		if textOf(plan[name]) == "" && textOf(state[name]) != "" {
			drop = append(drop, key)
		}
	}
	if len(textsOf(plan["tags"])) == 0 {
		drop = append(drop, "tags")
	}
	devices, were := listOf(plan["network_device"]), listOf(state["network_device"])
	for n, one := range devices {
		form.Set(fmt.Sprintf("net%d", n), networkDevice(known1(one)))
	}
	for n := len(devices); n < len(were); n++ {
		drop = append(drop, fmt.Sprintf("net%d", n))
	}
	vmCloudInit(first(plan["initialization"]), form)
	if len(drop) > 0 {
		form.Set("delete", strings.Join(drop, ","))
	}
	if err := vmUpdateDisks(c, at, form, listOf(state["disk"]), listOf(plan["disk"])); err != nil {
		return err
	}
	if err := c.send(c.ctx, http.MethodPut, at+"config", form); err != nil {
		return wrapped("error updating VM", err)
	}
	if err := vmUpdatePool(c, id, textOf(state["pool_id"]), textOf(plan["pool_id"])); err != nil {
		return err
	}
	return vmUpdatePower(c, at, yes(state["started"]), yes(plan["started"]))
}

// known1 leaves out what only the API will tell.
func known1(value any) object {
	out := object{}
	for key, one := range value.(object) {
		if _, open := one.(unknown); !open {
			out[key] = one
		}
	}
	return out
}

func vmUpdateDisks(c *call, at string, form url.Values, state, plan []any) error {
	were := map[string]object{}
	for _, one := range state {
		if disk, _ := one.(object); disk != nil {
			were[textOf(disk["interface"])] = disk
		}
	}
	for _, one := range plan {
		disk := one.(object)
		slot := textOf(disk["interface"])
		was, there := were[slot]
		switch size, had := numberOf(disk["size"]), numberOf(was["size"]); {
		case !there:
			form.Set(slot, fmt.Sprintf("%s:%s", textOf(disk["datastore_id"]), textOf(disk["size"])))
		case size < had:
			// FACT §2: a plan that shrinks a disk is made without a word, and cannot be applied.
			return fmt.Errorf("disk resize failure: requested size (%vG) is lower than current size (%vG)", size, had)
		case size > had:
			if err := c.send(c.ctx, http.MethodPut, at+"resize", url.Values{"disk": {slot}, "size": {fmt.Sprintf("%vG", size)}}); err != nil {
				return wrapped("error moving VM disk", err)
			}
		}
	}
	return nil
}

func vmUpdatePool(c *call, id, was, wanted string) error {
	// FACT: a VM is not taken out of a pool that the code does not name.
	if was == wanted || wanted == "" {
		return nil
	}
	if was != "" {
		if err := c.send(c.ctx, http.MethodPut, "pools", url.Values{"poolid": {was}, "vms": {id}, "delete": {"1"}}); err != nil {
			return wrapped("error updating pool", err)
		}
	}
	if err := c.send(c.ctx, http.MethodPut, "pools", url.Values{"poolid": {wanted}, "vms": {id}}); err != nil {
		return wrapped("error updating pool", err)
	}
	return nil
}

// vmUpdatePower starts or stops it; what waits for a restart gets one.
func vmUpdatePower(c *call, at string, running, wanted bool) error {
	action := map[[2]bool]string{{false, true}: "start", {true, false}: "stop"}[[2]bool{running, wanted}]
	if action == "" && running {
		var pending []object
		if err := c.get(c.ctx, at+"pending", &pending); err != nil {
			return wrapped("error retrieving pending changes", err)
		}
		for _, one := range pending {
			if one["pending"] != nil || one["delete"] != nil {
				action = "reboot"
			}
		}
	}
	if action == "" {
		return nil
	}
	if err := c.send(c.ctx, http.MethodPost, at+"status/"+action, nil); err != nil {
		return wrapped("error changing VM status", err)
	}
	return nil
}

func vmDelete(c *call, state object) error {
	at := fmt.Sprintf("nodes/%s/qemu/%s", textOf(state["node_name"]), textOf(state["id"]))
	var status struct{ Status string }
	if err := c.get(c.ctx, at+"/status/current", &status); err != nil {
		return wrapped("error retrieving VM status", err)
	}
	if status.Status == "running" {
		if err := c.send(c.ctx, http.MethodPost, at+"/status/stop", nil); err != nil {
			return wrapped("error stopping VM", err)
		}
	}
	if err := c.send(c.ctx, http.MethodDelete, at, url.Values{"purge": {"1"}, "destroy-unreferenced-disks": {"1"}}); err != nil {
		return wrapped("error deleting VM", err)
	}
	return nil
}
