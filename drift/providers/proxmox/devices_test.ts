import { assertEquals } from "@std/assert";
import { devices } from "./devices.ts";

const VM = "proxmox_virtual_environment_vm";

Deno.test("devices() names a VM's devices as Proxmox does, by their interface or their place", () => {
  const attributes = {
    disk: [{ interface: "scsi0" }, { interface: "virtio1" }],
    cdrom: [{ interface: "ide3" }],
    network_device: [{ bridge: "vmbr0" }, { bridge: "vmbr1" }],
    initialization: [{ interface: "ide2" }],
    efi_disk: [{ type: "4m" }],
    tpm_state: [{ version: "v2.0" }],
    hostpci: [{ device: "hostpci0" }],
    usb: [{ host: "1234:abcd" }],
    serial_device: [{ device: "socket" }],
    virtiofs: [],
    clone: [],
  };
  assertEquals(devices(VM, attributes), {
    names: [
      ...["cloudinit", "efidisk0", "hostpci0", "ide2", "ide3", "net0", "net1", "scsi0", "serial0", "tpmstate0", "usb0"],
      "virtio1",
    ],
    isWhole: true,
  });
  // The provider chooses a place for the drive.
  assertEquals(devices(VM, { initialization: [{ interface: "" }] })?.names, ["cloudinit"]);
});

Deno.test("devices() names a container's devices by their place", () => {
  const attributes = {
    disk: [{ datastore_id: "local-lvm" }],
    network_interface: [{ name: "eth0" }],
    mount_point: [{ path: "/a" }, { path: "/b" }],
    device_passthrough: [{ path: "/dev/dri" }],
  };
  const wanted = { names: ["dev0", "mp0", "mp1", "net0"], isWhole: true };
  assertEquals(devices("proxmox_virtual_environment_container", attributes), wanted);
});

Deno.test("devices() does not claim to know all of a guest that was cloned, or that a newer type manages", () => {
  assertEquals(devices(VM, { disk: [{ interface: "scsi0" }], clone: [{ vm_id: 9000 }] }), {
    names: ["scsi0"],
    isWhole: false,
  });
  const maps = { disk: { scsi1: { size_gb: 8 } }, network: { net0: {} }, cdrom: { ide2: {} } };
  for (const type of ["proxmox_cloned_vm", "proxmox_vm", "proxmox_virtual_environment_cloned_vm"]) {
    assertEquals(devices(type, maps), { names: ["ide2", "net0", "scsi1"], isWhole: false }, type);
  }
  assertEquals(devices("proxmox_virtual_environment_pool", {}), undefined);
  assertEquals(devices(VM, null), { names: [], isWhole: true });
});
