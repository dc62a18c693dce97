package main

import (
	"fmt"
	"net/http"
	"net/url"
	"strings"
)

// stored is what one object of the API's holds, under the provider's name and Proxmox's. FACT: what Proxmox does not tell is null,
// and null is not false.
type stored struct {
	name, key string
	kind      kind
}

// keptAt makes a resource of the newer kind, whose attributes are the API's own, one by one.
func keptAt(name, place, idField, idKey string, short bool, fields []field, all []stored) definition {
	form := func(plan object) url.Values {
		form := url.Values{}
		for _, one := range all {
			if value := plan[one.name]; value != nil {
				form.Set(one.key, textOf(value))
			}
		}
		return form
	}
	at := func(of object) string { return place + "/" + url.PathEscape(textOf(of["id"])) }
	return definition{
		name: name, short: short,
		fields: append([]field{str(idField, required, forces)}, fields...),
		create: func(c *call, plan object) (string, error) {
			values := form(plan)
			values.Set(idKey, textOf(plan[idField]))
			return textOf(plan[idField]), c.send(c.ctx, http.MethodPost, place, values)
		},
		read: func(c *call, state object) (object, error) {
			var told object
			if err := c.get(c.ctx, at(state), &told); err != nil {
				return nil, wrapped("error reading "+name, err)
			}
			out := copied(state)
			for _, one := range all {
				value, there := told[one.key]
				switch {
				case !there:
					out[one.name] = nil
				case one.kind == boolean:
					out[one.name] = yes(value)
				case one.kind == number:
					out[one.name] = numberOf(value)
				default:
					out[one.name] = textOf(value)
				}
			}
			return out, nil
		},
		update: func(c *call, _, plan object) error {
			values, gone := form(plan), []string{}
			for _, one := range all {
				if plan[one.name] == nil {
					gone = append(gone, one.key)
				}
			}
			if len(gone) > 0 {
				values.Set("delete", strings.Join(gone, ","))
			}
			return c.send(c.ctx, http.MethodPut, at(plan), values)
		},
		delete: func(c *call, state object) error { return c.send(c.ctx, http.MethodDelete, at(state), nil) },
	}
}

func haResource() definition {
	return keptAt("haresource", "cluster/ha/resources", "resource_id", "sid", false,
		[]field{str("state", strict), str("comment", strict), flag("failback", strict), num("max_restart", strict), num("max_relocate", strict)},
		[]stored{{name: "state", key: "state"}, {name: "comment", key: "comment"}, {name: "failback", key: "failback", kind: boolean},
			{name: "max_restart", key: "max_restart", kind: number}, {name: "max_relocate", key: "max_relocate", kind: number}})
}

// FACT: whether the job is enabled is adopted where the code does not say it: a plan does not act on it.
func backupJob() definition {
	return keptAt("backup_job", "cluster/backup", "job_id", "id", true,
		[]field{str("schedule", strict), str("storage", strict), str("vmid", strict), flag("enabled", adopted)},
		[]stored{{name: "schedule", key: "schedule"}, {name: "storage", key: "storage"}, {name: "vmid", key: "vmid"},
			{name: "enabled", key: "enabled", kind: boolean}})
}

// FACT: any other entry, and any other order, makes a new set.
func ipset() definition {
	const place = "cluster/firewall/ipset"
	at := func(of object) string { return place + "/" + url.PathEscape(textOf(of["name"])) }
	entries := func(c *call, of object) ([]object, error) {
		var all []object
		err := c.get(c.ctx, at(of), &all)
		return all, err
	}
	return definition{
		name: "firewall_ipset",
		fields: []field{str("name", required, forces), str("comment", def("")),
			{name: "cidr", kind: block, forces: true, fields: []field{str("name", required, forces), str("comment", def(""), forces), flag("nomatch", def(false), forces)}}},
		create: func(c *call, plan object) (string, error) {
			id := textOf(plan["name"])
			if err := c.send(c.ctx, http.MethodPost, place, url.Values{"name": {id}, "comment": {textOf(plan["comment"])}}); err != nil {
				return "", wrapped("error creating ipset", err)
			}
			list := listOf(plan["cidr"])
			for i := len(list) - 1; i >= 0; i-- {
				one := list[i].(object)
				values := url.Values{"cidr": {textOf(one["name"])}, "comment": {textOf(one["comment"])}, "nomatch": {textOf(one["nomatch"])}}
				if err := c.send(c.ctx, http.MethodPost, at(plan), values); err != nil {
					return "", wrapped("error adding to ipset", err)
				}
			}
			return id, nil
		},
		read: func(c *call, state object) (object, error) {
			all, err := entries(c, state)
			if err != nil {
				return nil, wrapped("error reading ipset", err)
			}
			out, list := copied(state), []any{}
			for _, one := range all {
				list = append(list, object{"name": textOf(one["cidr"]), "comment": textOf(one["comment"]), "nomatch": yes(one["nomatch"])})
			}
			out["cidr"] = list
			return out, nil
		},
		update: func(*call, object, object) error { return nil },
		delete: func(c *call, state object) error {
			all, err := entries(c, state)
			if err != nil {
				return err
			}
			for _, one := range all {
				if err := c.send(c.ctx, http.MethodDelete, at(state)+"/"+url.PathEscape(textOf(one["cidr"])), nil); err != nil {
					return err
				}
			}
			return c.send(c.ctx, http.MethodDelete, at(state), nil)
		},
	}
}

// downloadFile: FACT: it is made anew where the file in the datastore has another size than the one at the URL, with a warning
// where that is the URL's doing.
func downloadFile() definition {
	at := func(of object) string {
		return fmt.Sprintf("nodes/%s/storage/%s", textOf(of["node_name"]), textOf(of["datastore_id"]))
	}
	upstream := func(c *call, of object) (float64, error) {
		var told struct{ Size float64 }
		err := c.get(c.ctx, fmt.Sprintf("nodes/%s/query-url-metadata?url=%s", textOf(of["node_name"]), url.QueryEscape(textOf(of["url"]))), &told)
		return told.Size, err
	}
	return definition{
		name: "download_file",
		fields: []field{str("content_type", required, forces), str("datastore_id", required, forces), str("node_name", required, forces),
			str("url", required, forces), str("file_name", required, forces), num("size", computed)},
		create: func(c *call, plan object) (string, error) {
			size, err := upstream(c, plan)
			if err != nil {
				return "", err
			}
			values := url.Values{"content": {textOf(plan["content_type"])}, "filename": {textOf(plan["file_name"])}, "url": {textOf(plan["url"])},
				"size": {textOf(size)}}
			id := fmt.Sprintf("%s:%s/%s", textOf(plan["datastore_id"]), textOf(plan["content_type"]), textOf(plan["file_name"]))
			return id, c.send(c.ctx, http.MethodPost, at(plan)+"/download-url", values)
		},
		read: func(c *call, state object) (object, error) {
			var all []struct {
				Volid string
				Size  float64
			}
			if err := c.get(c.ctx, at(state)+"/content", &all); err != nil {
				return nil, wrapped("error listing files", err)
			}
			for _, one := range all {
				if one.Volid != textOf(state["id"]) {
					continue
				}
				size, err := upstream(c, state)
				if err != nil {
					return nil, wrapped("error reading the URL's size", err)
				}
				if size != one.Size && state["size"] != nil {
					c.force("size")
					if numberOf(state["size"]) == one.Size {
						c.warn("The file size from url has changed.", fmt.Sprintf("Size %v from url %q differs from size in state %v. The file will be re-downloaded.",
							int(size), textOf(state["url"]), int(one.Size)))
					}
				}
				out := copied(state)
				out["size"] = one.Size
				return out, nil
			}
			return nil, errGone
		},
		update: func(*call, object, object) error { return nil },
		delete: func(c *call, state object) error {
			return c.send(c.ctx, http.MethodDelete, at(state)+"/content/"+url.PathEscape(textOf(state["id"])), nil)
		},
	}
}
