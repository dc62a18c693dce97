/**
 * The options of guests, by Proxmox's names: which there are, and of which the value may be shown. A name that is not here
 * may be part of somebody's text, and a value that is not known to be harmless may be a secret. Pure.
 *
 * Read in the schemas of Proxmox VE 7.4, 8.4 and 9.2.
 *
 * @module
 */

/** Devices with a number: disks, network, and what else is plugged in. */
const NUMBERED = new RegExp(
  `^(?:${
    ["scsi", "virtio", "sata", "ide", "efidisk", "tpmstate", "unused", "net", "usb", "hostpci", "serial", "parallel"]
      .concat(["virtiofs", "audio", "rng", "numa", "ipconfig", "mp", "dev"]).join("|")
  })\\d{1,3}$`,
);

/** Options whose values are numbers, choices, names or sizes. */
const HARMLESS = new Set(
  ("acpi affinity agent arch autostart balloon bios boot bootdisk ciupgrade citype ciuser cmode console cores cpu cpulimit " +
    "cpuunits debug features freeze hostname hotplug hugepages kvm keyboard localtime machine memory migrate_downtime " +
    "migrate_speed name nameserver numa onboot ostype pool protection reboot rootfs scsihw searchdomain shares sockets " +
    "spice_enhancements startdate startup swap tablet tags tdf template timezone tty unprivileged vcpus vga vmgenid " +
    "vmstatestorage watchdog").split(" "),
);

/** Options whose values are text, with blanks, that somebody wrote. */
const TEXTS = new Set(["args", "description", "entrypoint", "env"]);

/** Options whose values are secrets, or may hold some. */
const PRIVATE = new Set(["cicustom", "cipassword", "hookscript", "ivshmem", "smbios1", "sshkeys"]);

/** Whether it is the name of an option of a guest. */
export function isOption(name: string): boolean {
  return HARMLESS.has(name) || TEXTS.has(name) || PRIVATE.has(name) || NUMBERED.test(name);
}

/** Whether the value of an option may be shown. */
export function isHarmless(name: string): boolean {
  return HARMLESS.has(name) || NUMBERED.test(name);
}

/** Whether the value of an option is text with blanks: where it ends cannot be told. */
export function isText(name: string): boolean {
  return TEXTS.has(name);
}
