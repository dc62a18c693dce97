package main

import (
	"context"
	"encoding/json"
	"errors"
	"strings"

	"github.com/hashicorp/terraform-plugin-framework/diag"
	"github.com/hashicorp/terraform-plugin-framework/path"
	"github.com/hashicorp/terraform-plugin-framework/resource"
	"github.com/hashicorp/terraform-plugin-go/tftypes"
)

// definition is one type of resource. Its functions get and give plain objects; errGone means that it is not there.
type definition struct {
	name string
	// its type is `proxmox_NAME`, as the newer ones are called
	short      bool
	fields     []field
	deprecated string
	// under which an error in reading stands, where its text is not the summary itself
	readError string

	create func(c *call, plan object) (id string, err error)
	read   func(c *call, state object) (object, error)
	update func(c *call, state, plan object) error
	delete func(c *call, state object) error
	// changes a plan after the fields have made it
	adjust func(plan, prior object)
}

// call is one visit of Terraform's: the API, and where to leave warnings and further errors.
type call struct {
	*api
	ctx   context.Context
	diags *diag.Diagnostics
	// attributes that make a new object necessary, as a reading has found
	forced []string
	// the object was made by this very call
	made bool
}

func (c *call) warn(summary, detail string) { c.diags.AddWarning(summary, detail) }

// force makes the next plan replace the object for an attribute that the code does not set.
func (c *call) force(name string) { c.forced = append(c.forced, name) }

// fail notes an error and lets the reading go on.
func (c *call) fail(err error) { c.diags.AddError(err.Error(), "") }

// forcedKey is where what a reading forces is kept until the plan, beside the state.
const forcedKey = "forced"

type managed struct {
	definition
	api *api
}

func (m *managed) Metadata(_ context.Context, req resource.MetadataRequest, resp *resource.MetadataResponse) {
	resp.TypeName = req.ProviderTypeName + "_virtual_environment_" + m.name
	if m.short {
		resp.TypeName = req.ProviderTypeName + "_" + m.name
	}
}

func (m *managed) Schema(_ context.Context, _ resource.SchemaRequest, resp *resource.SchemaResponse) {
	resp.Schema = schemaOf(m.fields, m.deprecated)
}

// ValidateConfig warns of what is written that is to be written otherwise, in the old SDK's words.
func (m *managed) ValidateConfig(_ context.Context, req resource.ValidateConfigRequest, resp *resource.ValidateConfigResponse) {
	config, _ := plain(req.Config.Raw).(object)
	for _, f := range m.fields {
		if f.deprecated != "" && config[f.name] != nil {
			resp.Diagnostics.AddAttributeWarning(path.Root(f.name), "Argument is deprecated", f.deprecated)
		}
	}
}

func (m *managed) Configure(_ context.Context, req resource.ConfigureRequest, _ *resource.ConfigureResponse) {
	m.api, _ = req.ProviderData.(*api)
}

func (m *managed) ModifyPlan(ctx context.Context, req resource.ModifyPlanRequest, resp *resource.ModifyPlanResponse) {
	config, _ := plain(req.Config.Raw).(object)
	if config == nil || req.Plan.Raw.IsNull() {
		return
	}
	prior, _ := plain(req.State.Raw).(object)
	plan := planned(m.fields, config, prior)
	if m.adjust != nil {
		m.adjust(plan, prior)
	}
	if prior != nil {
		noted, _ := req.Private.GetKey(ctx, forcedKey)
		var names []string
		_ = json.Unmarshal(noted, &names)
		for _, name := range names {
			plan[name] = unknown{}
			resp.RequiresReplace = append(resp.RequiresReplace, path.Root(name))
		}
		resp.RequiresReplace = append(resp.RequiresReplace, replaces(m.fields, plan, prior, path.Root)...)
	}
	resp.Plan.Raw = typed(req.Plan.Raw.Type(), plan)
}

func (m *managed) Create(ctx context.Context, req resource.CreateRequest, resp *resource.CreateResponse) {
	c := &call{api: m.api, ctx: ctx, diags: &resp.Diagnostics, made: true}
	plan := plain(req.Plan.Raw).(object)
	id, err := m.create(c, plan)
	if err != nil {
		m.report(c, err)
		return
	}
	plan["id"] = id
	resp.State.Raw = m.after(c, plan, req.Plan.Raw.Type())
}

func (m *managed) Update(ctx context.Context, req resource.UpdateRequest, resp *resource.UpdateResponse) {
	c := &call{api: m.api, ctx: ctx, diags: &resp.Diagnostics}
	plan := plain(req.Plan.Raw).(object)
	if err := m.update(c, plain(req.State.Raw).(object), plan); err != nil {
		m.report(c, err)
		return
	}
	resp.State.Raw = m.after(c, plan, req.Plan.Raw.Type())
}

// after reads what an apply has made.
func (m *managed) after(c *call, plan object, t tftypes.Type) tftypes.Value {
	seed := copied(plan)
	for key, value := range seed {
		if _, open := value.(unknown); open {
			seed[key] = nil
		}
	}
	read, err := m.read(c, seed)
	if err != nil {
		m.report(c, err)
		return typed(t, seed)
	}
	return typed(t, settled(m.fields, plan, read))
}

func (m *managed) Read(ctx context.Context, req resource.ReadRequest, resp *resource.ReadResponse) {
	c := &call{api: m.api, ctx: ctx, diags: &resp.Diagnostics}
	read, err := m.read(c, plain(req.State.Raw).(object))
	switch {
	case errors.Is(err, errGone):
		resp.State.RemoveResource(ctx)
	case err != nil:
		m.report(c, err)
	default:
		resp.State.Raw = typed(req.State.Raw.Type(), read)
		noted, _ := json.Marshal(append([]string{}, c.forced...))
		resp.Diagnostics.Append(resp.Private.SetKey(ctx, forcedKey, noted)...)
	}
}

func (m *managed) Delete(ctx context.Context, req resource.DeleteRequest, resp *resource.DeleteResponse) {
	c := &call{api: m.api, ctx: ctx, diags: &resp.Diagnostics}
	if err := m.delete(c, plain(req.State.Raw).(object)); err != nil && !errors.Is(err, errGone) {
		m.report(c, err)
	}
}

// ImportState takes guests by NODE/VMID, as the real provider does; what else it can import is not modeled.
func (m *managed) ImportState(ctx context.Context, req resource.ImportStateRequest, resp *resource.ImportStateResponse) {
	node, id, found := strings.Cut(req.ID, "/")
	if !found || (m.name != "vm" && m.name != "container") {
		resp.Diagnostics.AddError("Cannot import "+req.ID, "the lab's provider imports guests alone, as NODE/VMID")
		return
	}
	seed := object{"id": id, "vm_id": numberOf(id), "node_name": node}
	for name := range resp.State.Raw.Type().(tftypes.Object).AttributeTypes {
		if _, there := seed[name]; !there {
			seed[name] = nil
		}
	}
	resp.State.Raw = typed(resp.State.Raw.Type(), seed)
}

// FACT §7: the resources of the old SDK put everything into the summary; the others (ACL, token) have one of their own.
func (m *managed) report(c *call, err error) {
	if m.readError != "" {
		c.diags.AddError(m.readError, err.Error())
	} else {
		c.fail(err)
	}
}
