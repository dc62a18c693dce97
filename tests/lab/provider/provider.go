package main

import (
	"context"
	"os"
	"regexp"
	"strings"

	"github.com/hashicorp/terraform-plugin-framework/datasource"
	"github.com/hashicorp/terraform-plugin-framework/provider"
	"github.com/hashicorp/terraform-plugin-framework/provider/schema"
	"github.com/hashicorp/terraform-plugin-framework/resource"
)

type proxmox struct{ version string }

func (p *proxmox) Metadata(_ context.Context, _ provider.MetadataRequest, resp *provider.MetadataResponse) {
	resp.TypeName, resp.Version = "proxmox", p.version
}

func (p *proxmox) Schema(_ context.Context, _ provider.SchemaRequest, resp *provider.SchemaResponse) {
	resp.Schema = schema.Schema{Attributes: map[string]schema.Attribute{
		"endpoint":  schema.StringAttribute{Optional: true},
		"api_token": schema.StringAttribute{Optional: true, Sensitive: true},
		"insecure":  schema.BoolAttribute{Optional: true},
	}}
}

var tokenForm = regexp.MustCompile(`^\S+@\w+!\S+=[0-9a-fA-F]{8}(-[0-9a-fA-F]{4}){3}-[0-9a-fA-F]{12}$`)

func (p *proxmox) Configure(_ context.Context, req provider.ConfigureRequest, resp *provider.ConfigureResponse) {
	config, _ := plain(req.Config.Raw).(object)
	setting := func(name, variable string) string {
		if value := textOf(config[name]); value != "" {
			return value
		}
		return os.Getenv(variable)
	}
	endpoint, token := setting("endpoint", "PROXMOX_VE_ENDPOINT"), setting("api_token", "PROXMOX_VE_API_TOKEN")
	switch {
	case token == "":
		resp.Diagnostics.AddError("Unable to create Proxmox VE API credentials",
			"must provide either username and password, an API token, or a ticket")
	case !tokenForm.MatchString(token):
		resp.Diagnostics.AddError("Unable to create Proxmox VE API credentials",
			"the API token must be in the format 'USER@REALM!TOKENID=UUID'")
	}
	if !strings.HasPrefix(endpoint, "https://") {
		resp.Diagnostics.AddError("Unable to create Proxmox VE API connection",
			"you must specify a secure endpoint for the Proxmox Virtual Environment API (valid: https://host:port/)")
	}
	if resp.Diagnostics.HasError() {
		return
	}
	insecure, _ := config["insecure"].(bool)
	reached := newAPI(endpoint, token, p.version, insecure)
	resp.ResourceData, resp.DataSourceData = reached, reached
}

func (p *proxmox) DataSources(context.Context) []func() datasource.DataSource {
	return []func() datasource.DataSource{func() datasource.DataSource { return &poolReader{} }}
}

func (p *proxmox) Resources(context.Context) []func() resource.Resource {
	return resourcesOf(p.version, vm(), container(), pool(), firewallOptions(), firewallRules(), user(), role(), acl(), userToken(),
		file(), haResource(), backupJob(), ipset(), downloadFile())
}

// resourcesOf are the types as a version has them.
func resourcesOf(version string, all ...definition) []func() resource.Resource {
	var made []func() resource.Resource
	for _, one := range all {
		one.fields = append(known(one.fields, version), str("id", computed))
		if older(version, "0.100.0") {
			one.deprecated = ""
		}
		made = append(made, func() resource.Resource { return &managed{definition: one} })
	}
	return made
}
