package main

import (
	"fmt"
	"net/http"
	"net/url"
	"sort"
	"strings"
	"time"
)

func role() definition {
	return definition{
		name: "role",
		fields: []field{
			str("role_id", required, forces),
			{name: "privileges", kind: textSet, required: true, same: sameSet},
		},
		create: func(c *call, plan object) (string, error) {
			id := textOf(plan["role_id"])
			form := url.Values{"roleid": {id}, "privs": {strings.Join(textsOf(plan["privileges"]), ",")}}
			if err := c.send(c.ctx, http.MethodPost, "access/roles", form); err != nil {
				return "", wrapped("error creating role", err)
			}
			return id, nil
		},
		read: func(c *call, state object) (object, error) {
			var held map[string]any
			if err := c.get(c.ctx, "access/roles/"+url.PathEscape(textOf(state["id"])), &held); err != nil {
				return nil, wrapped("error getting role", err)
			}
			out, privileges := copied(state), []string{}
			for name := range held {
				privileges = append(privileges, name)
			}
			sort.Strings(privileges)
			out["privileges"] = privileges
			return out, nil
		},
		update: func(c *call, _, plan object) error {
			form := url.Values{"privs": {strings.Join(textsOf(plan["privileges"]), ",")}}
			if err := c.send(c.ctx, http.MethodPut, "access/roles/"+url.PathEscape(textOf(plan["id"])), form); err != nil {
				return wrapped("error updating role", err)
			}
			return nil
		},
		delete: func(c *call, state object) error {
			return c.send(c.ctx, http.MethodDelete, "access/roles/"+url.PathEscape(textOf(state["id"])), nil)
		},
	}
}

// userFields: the provider's names and Proxmox's.
var userFields = map[string]string{"comment": "comment", "email": "email", "first_name": "firstname", "last_name": "lastname", "keys": "keys"}

func user() definition {
	form := func(plan object) url.Values {
		form := url.Values{"enable": {textOf(plan["enabled"])}, "groups": {strings.Join(textsOf(plan["groups"]), ",")}}
		for name, key := range userFields {
			form.Set(key, textOf(plan[name]))
		}
		if expires, err := time.Parse(time.RFC3339, textOf(plan["expiration_date"])); err == nil {
			form.Set("expire", fmt.Sprint(expires.Unix()))
		}
		return form
	}
	return definition{
		name: "user",
		fields: []field{
			str("user_id", required, forces), str("comment", def("")), str("email", def("")), flag("enabled", def(true)),
			str("expiration_date", def("1970-01-01T00:00:00Z")), str("first_name", def("")), str("last_name", def("")),
			str("keys", def("")), str("password", secret), {name: "groups", kind: textSet, same: sameSet},
			{name: "acl", kind: blockSet, fields: []field{str("path", required), flag("propagate", def(false)), str("role_id", required)}},
		},
		create: func(c *call, plan object) (string, error) {
			id, values := textOf(plan["user_id"]), form(plan)
			values.Set("userid", id)
			values.Set("password", textOf(plan["password"]))
			if err := c.send(c.ctx, http.MethodPost, "access/users", values); err != nil {
				return "", wrapped("error creating user", err)
			}
			return id, nil
		},
		read: func(c *call, state object) (object, error) {
			var told object
			// FACT §2: "no such user" is none of the texts that mean "is not there": a user deleted by hand is an error.
			if err := c.get(c.ctx, "access/users/"+url.PathEscape(textOf(state["id"])), &told); err != nil {
				return nil, wrapped("error retrieving user", err)
			}
			out := copied(state)
			for name, key := range userFields {
				out[name] = textOf(told[key])
			}
			out["enabled"] = yes(or(told["enable"], "1"))
			out["expiration_date"] = time.Unix(int64(numberOf(told["expire"])), 0).UTC().Format(time.RFC3339)
			out["groups"] = textsOf(told["groups"])
			return out, nil
		},
		update: func(c *call, _, plan object) error {
			if err := c.send(c.ctx, http.MethodPut, "access/users/"+url.PathEscape(textOf(plan["id"])), form(plan)); err != nil {
				return wrapped("error updating user", err)
			}
			return nil
		},
		delete: func(c *call, state object) error {
			return c.send(c.ctx, http.MethodDelete, "access/users/"+url.PathEscape(textOf(state["id"])), nil)
		},
	}
}

func acl() definition {
	entry := func(plan object) url.Values {
		form := url.Values{"path": {textOf(plan["path"])}, "roles": {textOf(plan["role_id"])}, "propagate": {textOf(plan["propagate"])}}
		for name, key := range map[string]string{"user_id": "users", "group_id": "groups", "token_id": "tokens"} {
			if who := textOf(plan[name]); who != "" {
				form.Set(key, who)
			}
		}
		return form
	}
	set := func(c *call, plan object) error { return c.send(c.ctx, http.MethodPut, "access/acl", entry(plan)) }
	return definition{
		name: "acl", deprecated: longName("acl"), readError: "Unable to read ACL",
		fields: []field{
			str("path", required, forces), str("role_id", required, forces), flag("propagate", def(true)),
			str("user_id", forces), str("group_id", forces), str("token_id", forces),
		},
		create: func(c *call, plan object) (string, error) {
			who := textOf(plan["user_id"]) + textOf(plan["group_id"]) + textOf(plan["token_id"])
			return fmt.Sprintf("%s?%s?%s", textOf(plan["path"]), who, textOf(plan["role_id"])), set(c, plan)
		},
		read: func(c *call, state object) (object, error) {
			var all []object
			if err := c.get(c.ctx, "access/acl", &all); err != nil {
				return nil, fmt.Errorf("API call failed: failed to get access control list: %v", err)
			}
			// FACT §3: Proxmox leaves out of the list what the token may not see; an entry that is not in it counts as deleted.
			for _, one := range all {
				if one["path"] == state["path"] && one["roleid"] == state["role_id"] && one["ugid"] == state[textOf(one["type"])+"_id"] {
					out := copied(state)
					out["propagate"] = yes(or(one["propagate"], "1"))
					return out, nil
				}
			}
			return nil, errGone
		},
		update: func(c *call, _, plan object) error { return set(c, plan) },
		delete: func(c *call, state object) error {
			form := entry(state)
			form.Set("delete", "1")
			return c.send(c.ctx, http.MethodPut, "access/acl", form)
		},
	}
}

func userToken() definition {
	at := func(of object) string {
		return fmt.Sprintf("access/users/%s/token/%s", url.PathEscape(textOf(of["user_id"])), url.PathEscape(textOf(of["token_name"])))
	}
	form := func(plan object) url.Values {
		return url.Values{"comment": {textOf(plan["comment"])}, "privsep": {textOf(plan["privileges_separation"])}}
	}
	return definition{
		name: "user_token", deprecated: longName("user_token"), readError: "Error reading user token",
		fields: []field{
			str("user_id", required, forces), str("token_name", required, forces), str("comment"), str("expiration_date"),
			flag("privileges_separation", def(true)), str("value", secret, computed),
		},
		create: func(c *call, plan object) (string, error) {
			id := textOf(plan["user_id"]) + "!" + textOf(plan["token_name"])
			value, err := createToken(c, at(plan), form(plan))
			plan["value"] = id + "=" + value
			return id, err
		},
		read: func(c *call, state object) (object, error) {
			var told object
			// FACT §2: a token deleted by hand is an error too.
			if err := c.get(c.ctx, at(state), &told); err != nil {
				return nil, fmt.Errorf("error retrieving user token: %v", err)
			}
			out := copied(state)
			if out["comment"] = told["comment"]; textOf(told["comment"]) == "" {
				out["comment"] = nil
			}
			out["privileges_separation"] = yes(told["privsep"])
			// FACT: an end taken away by hand is not seen.
			if end := numberOf(told["expire"]); end > 0 {
				out["expiration_date"] = time.Unix(int64(end), 0).UTC().Format(time.RFC3339)
			}
			return out, nil
		},
		update: func(c *call, _, plan object) error { return c.send(c.ctx, http.MethodPut, at(plan), form(plan)) },
		delete: func(c *call, state object) error { return c.send(c.ctx, http.MethodDelete, at(state), nil) },
	}
}

// longName: FACT §0: since 0.100 what is not of the old SDK has a short name, and warns under its long one on every plan.
func longName(short string) string {
	return fmt.Sprintf("Use %q instead. This resource / data source will be removed in v1.0.", "proxmox_"+short)
}
