package main

import (
	"context"
	"fmt"
	"net/http"
	"net/url"
	"os"
	"slices"
	"strings"

	"github.com/hashicorp/terraform-plugin-framework/datasource"
	"github.com/hashicorp/terraform-plugin-framework/provider"
	"github.com/hashicorp/terraform-plugin-framework/provider/schema"
	"github.com/hashicorp/terraform-plugin-framework/resource"
)

// telmate stands in for Telmate/proxmox, from 3.0.2-rc07 on. It is held against what the real one plans in the lab's
// scenarios (tests/fixtures/telmate_lab.json).
type telmate struct{ version string }

func (p *telmate) Metadata(_ context.Context, _ provider.MetadataRequest, resp *provider.MetadataResponse) {
	resp.TypeName, resp.Version = "proxmox", p.version
}

func (p *telmate) Schema(_ context.Context, _ provider.SchemaRequest, resp *provider.SchemaResponse) {
	resp.Schema = schema.Schema{Attributes: map[string]schema.Attribute{
		"pm_api_url":                  schema.StringAttribute{Optional: true},
		"pm_api_token_id":             schema.StringAttribute{Optional: true},
		"pm_api_token_secret":         schema.StringAttribute{Optional: true, Sensitive: true},
		"pm_parallel":                 schema.NumberAttribute{Optional: true},
		"pm_minimum_permission_check": schema.BoolAttribute{Optional: true},
	}}
}

func (p *telmate) Configure(ctx context.Context, req provider.ConfigureRequest, resp *provider.ConfigureResponse) {
	config, _ := plain(req.Config.Raw).(object)
	setting := func(name string) string { return textOf(or(config[name], os.Getenv(strings.ToUpper(name)))) }
	id, secret := setting("pm_api_token_id"), setting("pm_api_token_secret")
	switch {
	case !strings.Contains(id, "!"):
		resp.Diagnostics.AddError("your API TokenID username should contain a !, check your API credentials", "")
		return
	case secret == "":
		resp.Diagnostics.AddError("password and API token do not exist, one of these must exist", "")
		return
	}
	reached := newAPI(strings.TrimSuffix(strings.TrimRight(setting("pm_api_url"), "/"), "/api2/json"), id+"="+secret, p.version, false)
	reached.words = telmateWords
	if checks, set := config["pm_minimum_permission_check"].(bool); checks || !set {
		user, _, _ := strings.Cut(id, "!")
		missing, err := missingPrivileges(ctx, reached, user)
		if err != nil {
			resp.Diagnostics.AddError(err.Error(), "")
			return
		}
		if len(missing) > 0 {
			resp.Diagnostics.AddError(fmt.Sprintf("permissions for user/token %s are not sufficient, please provide also the following "+
				"permissions that are missing: %v", user, missing), "")
			return
		}
	}
	resp.ResourceData = reached
}

func (p *telmate) DataSources(context.Context) []func() datasource.DataSource { return nil }

func (p *telmate) Resources(context.Context) []func() resource.Resource {
	return resourcesOf(p.version, telmateVM(), telmateContainer(), telmatePool())
}

// What the provider asks for by default, of a user and not of its token: as much as an administrator has.
var telmatePrivileges = []string{
	"Datastore.AllocateSpace", "Datastore.Audit", "Pool.Allocate", "Pool.Audit", "Sys.Audit", "Sys.Console", "Sys.Modify",
	"VM.Allocate", "VM.Audit", "VM.Clone", "VM.Config.CDROM", "VM.Config.CPU", "VM.Config.Cloudinit", "VM.Config.Disk",
	"VM.Config.HWType", "VM.Config.Memory", "VM.Config.Network", "VM.Config.Options", "VM.Migrate", "VM.PowerMgmt",
}

func missingPrivileges(ctx context.Context, a *api, user string) ([]string, error) {
	var found map[string]map[string]any
	if err := a.get(ctx, "access/permissions?"+url.Values{"userid": {user}, "path": {"/"}}.Encode(), &found); err != nil {
		return nil, err
	}
	return slices.DeleteFunc(slices.Clone(telmatePrivileges), func(one string) bool { return yes(found["/"][one]) }), nil
}

// telmateWords are this provider's own for what fails: of an answer the status line alone, and nothing counts as gone.
var telmateWords = words{
	refused: func(res *http.Response) error {
		reason := strings.TrimPrefix(res.Status, fmt.Sprintf("%d ", res.StatusCode))
		return fmt.Errorf("api error: code: %d message: %s", res.StatusCode, reason)
	},
	unreached: func(_, _ string, err error) error { return fmt.Errorf("error performing http request: %w", err) },
}

// listed is a guest as the cluster's list has it.
type listed struct {
	Vmid       int
	Node, Pool string
}

// telmateGuest finds a guest by its number. It is told as deleted where the cluster's list, which leaves out what the
// token may not see, lacks it; any failure is an error. The list is read twice: what is gone by then is an error too.
func telmateGuest(c *call, state object) (*listed, error) {
	id := textOf(state["id"])
	number := id[strings.LastIndex(id, "/")+1:]
	found, err := inList(c, number)
	if err != nil {
		return nil, err
	}
	if found == nil {
		c.warn(fmt.Sprintf("State drift detected: Resource (%s) was deleted outside Terraform", id), "")
		return nil, errGone
	}
	if found, err = inList(c, number); err == nil && found == nil {
		err = fmt.Errorf("vm '%s' not found", number)
	}
	return found, err
}

func inList(c *call, number string) (*listed, error) {
	var all []listed
	if err := c.get(c.ctx, "cluster/resources?type=vm", &all); err != nil {
		return nil, err
	}
	for _, one := range all {
		if fmt.Sprint(one.Vmid) == number {
			return &one, nil
		}
	}
	return nil, nil
}

// telmateDelete stops a guest and deletes it.
func telmateDelete(c *call, state object) error {
	at := "nodes/" + textOf(state["id"])
	var status struct{ Status string }
	if err := c.get(c.ctx, at+"/status/current", &status); err != nil {
		return err
	}
	if status.Status == "running" {
		if err := c.send(c.ctx, http.MethodPost, at+"/status/stop", nil); err != nil {
			return err
		}
	}
	return c.send(c.ctx, http.MethodDelete, at, url.Values{"purge": {"1"}})
}

// sameTags: neither their order nor what stands between them counts, their case does.
func sameTags(state, code any) bool {
	return slices.Equal(tagSet(state), tagSet(code))
}

func tagSet(value any) []string {
	tags := strings.FieldsFunc(textOf(value), func(r rune) bool { return r == ';' || r == ',' })
	slices.Sort(tags)
	return slices.Compact(tags)
}

func joinedTags(value any) string { return strings.Join(tagSet(value), ";") }

func sameTrimmed(state, code any) bool {
	return strings.TrimSpace(textOf(state)) == strings.TrimSpace(textOf(code))
}

func telmatePool() definition {
	return definition{
		name: "pool", short: true,
		fields: []field{str("poolid", required, forces), str("comment", def("Managed by Terraform."))},
		create: func(c *call, plan object) (string, error) {
			id := textOf(plan["poolid"])
			err := c.send(c.ctx, http.MethodPost, "pools", url.Values{"poolid": {id}, "comment": {textOf(plan["comment"])}})
			return "pools/" + id, err
		},
		read: func(c *call, state object) (object, error) {
			var found struct{ Comment string }
			// Whatever goes wrong, the pool counts as gone, without a word.
			if c.get(c.ctx, textOf(state["id"]), &found) != nil {
				return nil, errGone
			}
			out := copied(state)
			out["comment"] = found.Comment
			return out, nil
		},
		update: func(c *call, _, plan object) error {
			return c.send(c.ctx, http.MethodPut, textOf(plan["id"]), url.Values{"comment": {textOf(plan["comment"])}})
		},
		delete: func(c *call, state object) error {
			return c.send(c.ctx, http.MethodDelete, textOf(state["id"]), nil)
		},
	}
}
