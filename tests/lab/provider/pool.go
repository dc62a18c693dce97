package main

import (
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"sort"
)

func pool() definition {
	return definition{
		name: "pool",
		fields: []field{
			str("pool_id", required, forces),
			str("comment", def("")),
			// FACT §4: [] after the apply that made the pool, and from the next plan on whoever is in it.
			{name: "members", kind: objects, computed: true, fields: []field{
				str("datastore_id"), str("id"), str("node_name"), str("type"), num("vm_id")}},
		},
		create: func(c *call, plan object) (string, error) {
			id := textOf(plan["pool_id"])
			err := c.send(c.ctx, http.MethodPost, "pools", url.Values{"poolid": {id}, "comment": {textOf(plan["comment"])}})
			if err != nil {
				return "", wrapped("error creating pool", err)
			}
			return id, nil
		},
		read: func(c *call, state object) (object, error) {
			out := copied(state)
			one, err := getPool(c, textOf(state["id"]))
			if err != nil {
				return nil, err
			}
			out["comment"] = one.Comment
			members := []any{}
			for _, member := range one.Members {
				members = append(members, object{"datastore_id": member.Storage, "id": member.ID, "node_name": member.Node,
					"type": member.Type, "vm_id": float64(member.Vmid)})
			}
			out["members"] = members
			return out, nil
		},
		update: func(c *call, _, plan object) error {
			form := url.Values{"poolid": {textOf(plan["id"])}, "comment": {textOf(plan["comment"])}}
			if err := c.send(c.ctx, http.MethodPut, "pools", form); err != nil {
				return wrapped("error updating pool", err)
			}
			return nil
		},
		delete: func(c *call, state object) error {
			if err := c.send(c.ctx, http.MethodDelete, "pools", url.Values{"poolid": {textOf(state["id"])}}); err != nil {
				return wrapped("error deleting pool", err)
			}
			return nil
		},
	}
}

type poolData struct {
	Poolid, Comment string
	Members         []struct {
		ID, Node, Type, Storage string
		Vmid                    int
	}
}

func getPool(c *call, id string) (*poolData, error) {
	var found []poolData
	if err := c.get(c.ctx, "pools?poolid="+url.PathEscape(id), &found); err != nil {
		return nil, wrapped("error getting pool", err)
	}
	if len(found) == 0 {
		return nil, errGone
	}
	sort.Slice(found[0].Members, func(i, j int) bool { return found[0].Members[i].ID < found[0].Members[j].ID })
	return &found[0], nil
}

// poolOf looks for a guest in all pools that the token may see.
func poolOf(c *call, guest string) (string, error) {
	var all []poolData
	if err := c.get(c.ctx, "pools", &all); err != nil {
		return "", wrapped("error listing pools", err)
	}
	for _, one := range all {
		full, err := getPool(c, one.Poolid)
		if errors.Is(err, errGone) {
			continue
		}
		if err != nil {
			return "", fmt.Errorf("failed to get details for pool %q: %w", one.Poolid, err)
		}
		for _, member := range full.Members {
			if member.ID == guest {
				return one.Poolid, nil
			}
		}
	}
	return "", nil
}
