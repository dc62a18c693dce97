// A stand-in for the Terraform provider bpg/proxmox 0.111.1, for the lab where the real one cannot be had, and for
// Telmate/proxmox 3.0.2 (the files telmate*.go), whose versions begin with a 3.
//
// It has that provider's resource types, attributes and nesting for what the lab's estate uses, its defaults, error
// texts and habits in reading, and speaks to the same API. It is our own code and follows what was seen of the real one
// (on a played Proxmox) and what its source says; each behavior that matters to a drift check is marked FACT, with its
// section of facts/proxmox.md ("noise": of facts/proxmox-noise.md); without one it was read in the source or seen later.
package main

import (
	"context"
	"fmt"
	"os"
	"path/filepath"
	"strings"

	"github.com/hashicorp/terraform-plugin-framework/provider"
	"github.com/hashicorp/terraform-plugin-framework/providerserver"
	"github.com/hashicorp/terraform-plugin-go/tfprotov6"
	"github.com/hashicorp/terraform-plugin-go/tfprotov6/tf6server"
)

// version is that of the real provider, told by the name of this very file: the mirror holds the program under several.
func version() string {
	_, number, found := strings.Cut(filepath.Base(os.Args[0]), "_v")
	if !found {
		return "0.111.1"
	}
	return number
}

func main() {
	address, made := "registry.terraform.io/bpg/proxmox", provider.Provider(&proxmox{version: version()})
	if strings.HasPrefix(version(), "3.") {
		address, made = "registry.terraform.io/telmate/proxmox", &telmate{version: version()}
	}
	serve := func() tfprotov6.ProviderServer { return lenient{providerserver.NewProtocol6(made)()} }
	if err := tf6server.Serve(address, serve); err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
}

// lenient lets Terraform take plans and states that do not quite follow from the configuration.
//
// FACT §4: most resources of the real provider are of the old SDK, whose leave this is: a list that is null in the code is
// [] in the state, a password is kept as the stars that Proxmox shows.
type lenient struct{ tfprotov6.ProviderServer }

func (s lenient) PlanResourceChange(
	ctx context.Context,
	req *tfprotov6.PlanResourceChangeRequest,
) (*tfprotov6.PlanResourceChangeResponse, error) {
	resp, err := s.ProviderServer.PlanResourceChange(ctx, req)
	if resp != nil {
		resp.UnsafeToUseLegacyTypeSystem = true
	}
	return resp, err
}

func (s lenient) ApplyResourceChange(
	ctx context.Context,
	req *tfprotov6.ApplyResourceChangeRequest,
) (*tfprotov6.ApplyResourceChangeResponse, error) {
	resp, err := s.ProviderServer.ApplyResourceChange(ctx, req)
	if resp != nil {
		resp.UnsafeToUseLegacyTypeSystem = true
	}
	return resp, err
}
