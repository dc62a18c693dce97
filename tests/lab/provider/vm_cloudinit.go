package main

import (
	"fmt"
	"net/url"
	"strings"
)

// properties of Proxmox's own form: `FIRST,key=value,…`.
func properties(value any) (string, object) {
	lead, options := "", object{}
	for i, part := range strings.Split(textOf(value), ",") {
		if key, setting, pair := strings.Cut(part, "="); pair {
			options[key] = setting
		} else if i == 0 {
			lead = part
		}
	}
	return lead, options
}

func vmReadInitialization(out object, id string, config object) {
	read := object{}
	for _, slot := range []string{"ide0", "ide1", "ide2", "ide3", "sata0", "sata1", "scsi0", "scsi1"} {
		volume, _ := properties(config[slot])
		// FACT §1: the drive is known by its name.
		if store, name, found := strings.Cut(volume, ":"); found && strings.Contains(name, "vm-"+id+"-cloudinit") {
			read["interface"], read["datastore_id"], read["file_format"] = slot, store, ""
		}
	}
	addresses := []any{}
	for n := range 32 {
		value, there := config[fmt.Sprintf("ipconfig%d", n)]
		if !there {
			continue
		}
		for len(addresses) < n {
			addresses = append(addresses, object{"ipv4": []any{}, "ipv6": []any{}})
		}
		_, options := properties(value)
		family := func(address, gateway string) []any {
			if options[address] == nil && options[gateway] == nil {
				return []any{}
			}
			return []any{object{"address": textOf(options[address]), "gateway": textOf(options[gateway])}}
		}
		addresses = append(addresses, object{"ipv4": family("ip", "gw"), "ipv6": family("ip6", "gw6")})
	}
	if len(addresses) > 0 {
		read["ip_config"] = addresses
	}
	if config["ciuser"] != nil || config["cipassword"] != nil || config["sshkeys"] != nil {
		keys, _ := url.QueryUnescape(textOf(config["sshkeys"]))
		read["user_account"] = []any{object{
			"username": textOf(config["ciuser"]), "password": textOf(config["cipassword"]),
			"keys": strings.FieldsFunc(keys, func(r rune) bool { return r == '\n' }),
		}}
	}
	if len(read) == 0 {
		out["initialization"] = []any{}
		return
	}
	// FACT §8: what is not set reads as "", and `upgrade` as true.
	read["upgrade"] = yes(or(config["ciupgrade"], "1"))
	read["type"] = textOf(config["citype"])
	_, files := properties(config["cicustom"])
	for _, kind := range []string{"user", "vendor", "network", "meta"} {
		read[kind+"_data_file_id"] = textOf(files[kind])
	}
	for _, name := range []string{"ip_config", "user_account"} {
		if read[name] == nil {
			read[name] = []any{}
		}
	}
	out["initialization"] = []any{read}
}

// vmCloudInit is the other way: a plan's block as options of the API.
func vmCloudInit(block object, form url.Values) {
	for n, one := range listOf(block["ip_config"]) {
		var parts []string
		for _, family := range [][3]string{{"ipv4", "ip", "gw"}, {"ipv6", "ip6", "gw6"}} {
			set := first(one.(object)[family[0]])
			for i, key := range []string{"address", "gateway"} {
				if value := textOf(set[key]); value != "" {
					parts = append(parts, family[i+1]+"="+value)
				}
			}
		}
		if len(parts) > 0 {
			form.Set(fmt.Sprintf("ipconfig%d", n), strings.Join(parts, ","))
		}
	}
	account := first(block["user_account"])
	if name := textOf(account["username"]); name != "" {
		form.Set("ciuser", name)
	}
	if password := textOf(account["password"]); password != "" && strings.Trim(password, "*") != "" {
		form.Set("cipassword", password)
	}
	if keys := textsOf(account["keys"]); len(keys) > 0 {
		// Proxmox wants them encoded twice, spaces as %20.
		form.Set("sshkeys", strings.ReplaceAll(url.QueryEscape(strings.Join(keys, "\n")), "+", "%20"))
	}
}
