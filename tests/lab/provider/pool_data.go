package main

import (
	"context"

	"github.com/hashicorp/terraform-plugin-framework/datasource"
	"github.com/hashicorp/terraform-plugin-framework/datasource/schema"
	"github.com/hashicorp/terraform-plugin-framework/types"
)

// poolReader is the data source of a pool: what the code can read of Proxmox.
type poolReader struct{ api *api }

func (p *poolReader) Metadata(_ context.Context, req datasource.MetadataRequest, resp *datasource.MetadataResponse) {
	resp.TypeName = req.ProviderTypeName + "_virtual_environment_pool"
}

func (p *poolReader) Schema(_ context.Context, _ datasource.SchemaRequest, resp *datasource.SchemaResponse) {
	resp.Schema = schema.Schema{Attributes: map[string]schema.Attribute{
		"pool_id": schema.StringAttribute{Required: true},
		"id":      schema.StringAttribute{Computed: true},
		"comment": schema.StringAttribute{Computed: true},
		"guests":  schema.ListAttribute{Computed: true, ElementType: types.StringType},
	}}
}

func (p *poolReader) Configure(_ context.Context, req datasource.ConfigureRequest, _ *datasource.ConfigureResponse) {
	p.api, _ = req.ProviderData.(*api)
}

func (p *poolReader) Read(ctx context.Context, req datasource.ReadRequest, resp *datasource.ReadResponse) {
	id := textOf(plain(req.Config.Raw).(object)["pool_id"])
	found, err := getPool(&call{api: p.api, ctx: ctx, diags: &resp.Diagnostics}, id)
	if err != nil {
		resp.Diagnostics.AddError(err.Error(), "")
		return
	}
	guests := []string{}
	for _, member := range found.Members {
		guests = append(guests, member.ID)
	}
	resp.State.Raw = typed(req.Config.Raw.Type(), object{"pool_id": id, "id": id, "comment": found.Comment, "guests": guests})
}
