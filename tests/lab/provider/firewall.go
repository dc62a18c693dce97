package main

import (
	"fmt"
	"hash/crc32"
	"net/http"
	"net/url"
	"strings"
)

// guestPath is where the firewall of the guest lies that a resource names.
func guestPath(of object) string {
	if id := textOf(of["container_id"]); id != "" {
		return fmt.Sprintf("nodes/%s/lxc/%s/firewall/", textOf(of["node_name"]), id)
	}
	return fmt.Sprintf("nodes/%s/qemu/%s/firewall/", textOf(of["node_name"]), textOf(of["vm_id"]))
}

// FACT §2: another guest is an update, not a new object. Neither resource is ever "gone": without its guest it is empty.
func guestFields() []field {
	return []field{str("node_name", required), num("vm_id"), num("container_id")}
}

var optionNames = map[string]string{"enabled": "enable", "dhcp": "dhcp", "ipfilter": "ipfilter", "macfilter": "macfilter", "ndp": "ndp", "radv": "radv",
	"input_policy": "policy_in", "output_policy": "policy_out", "log_level_in": "log_level_in", "log_level_out": "log_level_out"}

func firewallOptions() definition {
	set := func(c *call, plan object) error {
		form := url.Values{}
		for name, key := range optionNames {
			form.Set(key, or(textOf(plan[name]), "0").(string))
		}
		if err := c.send(c.ctx, http.MethodPut, guestPath(plan)+"options", form); err != nil {
			return wrapped("error setting options", err)
		}
		return nil
	}
	return definition{
		name: "firewall_options",
		fields: append(guestFields(), flag("enabled", def(false)), flag("dhcp", def(false)), flag("ipfilter"), flag("macfilter", def(true)),
			flag("ndp", def(false)), flag("radv", def(true)), str("input_policy", def("DROP")), str("output_policy", def("ACCEPT")),
			str("log_level_in", def("nolog")), str("log_level_out", def("nolog"))),
		create: func(c *call, plan object) (string, error) {
			path := "/" + guestPath(plan) + "options"
			return fmt.Sprintf("options-%d", crc32.ChecksumIEEE([]byte(path))), set(c, plan)
		},
		read: func(c *call, state object) (object, error) {
			var told object
			if err := c.get(c.ctx, guestPath(state)+"options", &told); err != nil {
				return nil, wrapped("error retrieving options", err)
			}
			out := copied(state)
			// FACT: an option that is not set keeps the value of the state.
			for name, key := range optionNames {
				if value, there := told[key]; !there {
					continue
				} else if strings.HasSuffix(name, "policy") || strings.HasPrefix(name, "log_") {
					out[name] = textOf(value)
				} else {
					out[name] = yes(value)
				}
			}
			return out, nil
		},
		update: func(c *call, _, plan object) error { return set(c, plan) },
		delete: func(*call, object) error { return nil },
	}
}

var ruleNames = []string{"action", "type", "comment", "dest", "dport", "iface", "log", "macro", "proto", "source", "sport"}

func firewallRules() definition {
	rule := []field{num("pos", computed), flag("enabled", def(true)), str("security_group", def(""))}
	for _, name := range ruleNames {
		rule = append(rule, str(name, def("")))
	}
	return definition{
		name:   "firewall_rules",
		fields: append(guestFields(), field{name: "rule", kind: block, fields: rule}),
		create: func(c *call, plan object) (string, error) {
			return fmt.Sprintf("rule-%d", crc32.ChecksumIEEE([]byte("/"+guestPath(plan)+"rules"))), addRules(c, plan)
		},
		// FACT §2: all rules of the guest are read, one by one, and stand by their position: one on top moves all others.
		read: func(c *call, state object) (object, error) {
			var all []object
			at := guestPath(state) + "rules"
			if err := c.get(c.ctx, at, &all); err != nil {
				return nil, wrapped("error retrieving firewall rules", err)
			}
			out, rules := copied(state), []any{}
			for _, one := range all {
				var told object
				if err := c.get(c.ctx, fmt.Sprintf("%s/%s", at, textOf(one["pos"])), &told); err != nil {
					return nil, wrapped(fmt.Sprintf("error retrieving firewall rule %s", textOf(one["pos"])), err)
				}
				rule := object{"pos": numberOf(told["pos"]), "enabled": yes(told["enable"]), "security_group": ""}
				for _, name := range ruleNames {
					rule[name] = textOf(told[name])
				}
				rules = append(rules, rule)
			}
			out["rule"] = rules
			return out, nil
		},
		update: func(c *call, state, plan object) error {
			if err := dropRules(c, state); err != nil {
				return err
			}
			return addRules(c, plan)
		},
		delete: dropRules,
	}
}

// addRules adds from the last to the first: Proxmox puts a new rule on top.
func addRules(c *call, plan object) error {
	rules := listOf(plan["rule"])
	for i := len(rules) - 1; i >= 0; i-- {
		rule := rules[i].(object)
		form := url.Values{"enable": {textOf(rule["enabled"])}}
		for _, name := range ruleNames {
			if value := textOf(rule[name]); value != "" {
				form.Set(name, value)
			}
		}
		if err := c.send(c.ctx, http.MethodPost, guestPath(plan)+"rules", form); err != nil {
			return wrapped("error creating firewall rule", err)
		}
	}
	return nil
}

func dropRules(c *call, state object) error {
	var all []object
	at := guestPath(state) + "rules"
	if err := c.get(c.ctx, at, &all); err != nil {
		return wrapped("error retrieving firewall rules", err)
	}
	for range all {
		if err := c.send(c.ctx, http.MethodDelete, at+"/0", nil); err != nil {
			return wrapped("error deleting firewall rule 0", err)
		}
	}
	return nil
}
