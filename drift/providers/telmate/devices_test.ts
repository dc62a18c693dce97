import { assertEquals } from "@std/assert";
import { devices } from "./devices.ts";

Deno.test("devices() of Telmate/proxmox names those of release 3, by slot, number or block", () => {
  const attributes = {
    disk: [{ slot: "scsi0", type: "disk" }, { slot: "ide2", type: "cloudinit" }],
    network: [{ id: 0 }, { id: 2 }],
    serial: [{ id: 1 }],
    pci: [{ id: 0 }],
    usbs: [{ usb0: [{ device: [] }], usb1: [] }],
    pcis: [{ pci1: [{ raw: [] }] }],
    efidisk: [{ storage: "local" }],
    tpm_state: [{ storage: "local" }],
    clone: "",
    clone_id: 0,
  };
  assertEquals(devices("proxmox_vm_qemu", attributes), {
    names: ["efidisk0", "hostpci0", "hostpci1", "ide2", "net0", "net2", "scsi0", "serial1", "tpmstate0", "usb0"],
    isWhole: true,
  });
  const disks = [{
    ide: [{ ide0: [], ide2: [{ cloudinit: [{}] }] }],
    virtio: [{ virtio0: [{ disk: [{}] }] }],
    scsi: [],
  }];
  assertEquals(devices("proxmox_vm_qemu", { disks })?.names, ["ide2", "virtio0"]);
});

Deno.test("devices() of Telmate/proxmox names those of release 2, by type and place", () => {
  const attributes = {
    disk: [{ type: "scsi", slot: 0 }, { type: "virtio", slot: 1 }],
    network: [{ bridge: "vmbr0" }],
    cloudinit_cdrom_storage: "local",
    iso: "local:iso/debian.iso",
    clone: "template",
  };
  assertEquals(devices("proxmox_vm_qemu", attributes), {
    names: ["cloudinit", "ide2", "net0", "scsi0", "virtio1"],
    isWhole: false,
  });
});

Deno.test("devices() of Telmate/proxmox names those of containers, and of nothing else", () => {
  assertEquals(devices("proxmox_lxc", { mountpoint: [{ key: "1", slot: 1 }, { key: "0" }], network: [{}] }), {
    names: ["mp0", "mp1", "net0"],
    // Others may be objects of their own.
    isWhole: false,
  });
  assertEquals(devices("proxmox_lxc_guest", { mount: [{ slot: "mp3" }], network: [{ id: 1 }] })?.names, [
    "mp3",
    "net1",
  ]);
  assertEquals(devices("proxmox_pool", {}), undefined);
});
