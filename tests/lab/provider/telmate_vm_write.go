package main

import (
	"fmt"
	"net/http"
	"net/url"
	"strings"
)

func telmateVMForm(plan object) url.Values {
	form := url.Values{}
	for name, key := range map[string]string{"name": "name", "description": "description", "boot": "boot", "scsihw": "scsihw",
		"hotplug": "hotplug", "memory": "memory", "agent": "agent", "ciuser": "ciuser", "cipassword": "cipassword",
		"ipconfig0": "ipconfig0", "bios": "bios", "protection": "protection", "tablet": "tablet", "balloon": "balloon"} {
		if value := textOf(plan[name]); value != "" {
			form.Set(key, value)
		}
	}
	cpu := first(plan["cpu"])
	form.Set("cores", textOf(cpu["cores"]))
	form.Set("sockets", textOf(cpu["sockets"]))
	form.Set("cpu", textOf(cpu["type"]))
	form.Set("tags", joinedTags(plan["tags"]))
	for _, one := range listOf(plan["network"]) {
		device := known1(one)
		card := object{"model": device["model"], "bridge": device["bridge"], "firewall": device["firewall"], "vlan_id": device["tag"],
			"mac_address": strings.ToUpper(textOf(device["macaddr"]))}
		form.Set("net"+textOf(device["id"]), networkDevice(card))
	}
	return form
}

func telmateVMCreate(c *call, plan object) (string, error) {
	number, node := textOf(plan["vmid"]), textOf(plan["target_node"])
	form := telmateVMForm(plan)
	form.Set("vmid", number)
	for _, one := range listOf(plan["disk"]) {
		disk := known1(one)
		if textOf(disk["type"]) == "cloudinit" {
			form.Set(textOf(disk["slot"]), textOf(disk["storage"])+":cloudinit,media=cdrom")
		} else {
			form.Set(textOf(disk["slot"]), fmt.Sprintf("%s:%s", textOf(disk["storage"]), strings.TrimSuffix(textOf(disk["size"]), "G")))
		}
	}
	if pool := textOf(plan["pool"]); pool != "" {
		form.Set("pool", pool)
	}
	id := fmt.Sprintf("%s/qemu/%s", node, number)
	if err := c.send(c.ctx, http.MethodPost, fmt.Sprintf("nodes/%s/qemu", node), form); err != nil {
		return "", err
	}
	if state := textOf(or(plan["power_state"], plan["vm_state"])); state == "running" || state == "started" {
		return id, c.send(c.ctx, http.MethodPost, "nodes/"+id+"/status/start", nil)
	}
	return id, nil
}

func telmateVMUpdate(c *call, state, plan object) error {
	at := "nodes/" + textOf(state["id"])
	if target := textOf(plan["target_node"]); target != textOf(state["target_node"]) {
		err := c.send(c.ctx, http.MethodPost, at+"/migrate", url.Values{"target": {target}, "online": {"1"}, "with-local-disks": {"1"}})
		if err != nil {
			return err
		}
		plan["id"] = fmt.Sprintf("%s/qemu/%s", target, textOf(plan["vmid"]))
		at = "nodes/" + textOf(plan["id"])
	}
	if err := c.send(c.ctx, http.MethodPut, at+"/config", telmateVMForm(plan)); err != nil {
		return err
	}
	if err := telmateGrow(c, at, listOf(state["disk"]), listOf(plan["disk"])); err != nil {
		return err
	}
	return vmUpdatePower(c, at+"/", textOf(state["vm_state"]) == "running", textOf(plan["vm_state"]) != "stopped")
}

// telmateGrow makes disks larger; what is to shrink stays as it is.
func telmateGrow(c *call, at string, state, plan []any) error {
	were := map[string]float64{}
	for _, one := range state {
		were[textOf(one.(object)["slot"])] = sizeOf(one)
	}
	for _, one := range plan {
		disk := known1(one)
		slot := textOf(disk["slot"])
		if sizeOf(disk) <= were[slot] {
			continue
		}
		form := url.Values{"disk": {slot}, "size": {textOf(disk["size"])}}
		if err := c.send(c.ctx, http.MethodPut, at+"/resize", form); err != nil {
			return err
		}
	}
	return nil
}

func sizeOf(disk any) float64 {
	return numberOf(strings.TrimSuffix(textOf(disk.(object)["size"]), "G"))
}
