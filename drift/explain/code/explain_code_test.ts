import { assertEquals, assertMatch } from "@std/assert";
import { run } from "../../../tests/support/programs.ts";
import { explained, type Question } from "../../../tests/support/explained_code.ts";
import { whyNotText } from "./why_not_text.ts";

/** A finding, and what is said of it. */
interface Case extends Omit<Question, "files"> {
  /** What makes it worth a case. */
  name: string;
  /** The code; a text alone is `main.tf`. */
  code: string | Record<string, string>;
  /** The edit, as `[from, to]` in a file; a list alone is of `main.tf`. */
  edit?: [string, string][] | Record<string, [string, string][]>;
  /** Why an attribute is not kept, by its path; one word stands for the only one. */
  whyNot?: string | Record<string, string>;
  /** The places of the first attribute. */
  places?: string[];
}

const VM = 'resource "pve_vm" "web" {\n';
const memory = (expected: unknown, actual: unknown): Question["attributes"] => ({
  "memory[0].dedicated": [expected, actual],
});
const WEB = "pve_vm.web";

const CASES: Case[] = [
  {
    name: "a number in a nested block",
    code: `${VM}  name = "web" # kept\n\n  memory {\n    dedicated = 2048 # MiB\n  }\n}\n`,
    address: WEB,
    attributes: memory(2048, 4096),
    edit: [["= 2048 #", "= 4096 #"]],
    places: ["main.tf:5 value dedicated"],
  },
  {
    name: "a text with what would be insertions",
    code: `${VM}  description = "old"\n}\n`,
    address: WEB,
    attributes: { description: ["old", 'say "${hi}" %{x}\\n\nbye'] },
    edit: [['"old"', '"say \\"$${hi}\\" %%{x}\\\\n\\nbye"']],
  },
  {
    name: "true and false",
    code: `${VM}  started = true\n}\n`,
    address: WEB,
    attributes: { started: [true, false] },
    edit: [["true", "false"]],
  },
  {
    name: "a number that the code has as a text",
    code: `${VM}  cores = "2"\n}\n`,
    address: WEB,
    attributes: { cores: [2, 4] },
    edit: [['"2"', '"4"']],
  },
  {
    name: "a text that the code has as a number",
    code: `${VM}  vmid = 101\n}\n`,
    address: WEB,
    attributes: { vmid: ["101", "102"] },
    edit: [["101", "102"]],
  },
  {
    name: "a variable's default",
    code: { "main.tf": `${VM}  cores = var.cores\n}\n`, "variables.tf": 'variable "cores" {\n  default = 2\n}\n' },
    address: WEB,
    attributes: { cores: [2, 4] },
    edit: { "variables.tf": [["2", "4"]] },
    places: ["main.tf:2 value cores", "variables.tf:2 variable cores"],
  },
  {
    name: "the file of values that wins",
    code: {
      "main.tf": `${VM}  cores = var.cores\n}\n\nvariable "cores" {\n  default = 1\n}\n`,
      "terraform.tfvars": "cores = 2\n",
      "a.auto.tfvars": "cores = 3\n",
      "b.auto.tfvars": "cores = 4\n",
      "prod.tfvars": "cores = 5\n",
      "late.tfvars": "cores = 6\n",
      "other.tfvars": "cores = 9\n",
    },
    folder: { varFiles: ["prod.tfvars", "late.tfvars"], envVariables: ["cores"] },
    address: WEB,
    attributes: { cores: [6, 8] },
    edit: { "late.tfvars": [["6", "8"]] },
    places: ["late.tfvars:1 values file cores"],
  },
  {
    name: "the last automatic file of values",
    code: {
      "main.tf": `${VM}  cores = var.cores\n}\n`,
      "terraform.tfvars": "cores = 2\n",
      "b.auto.tfvars": "cores = 4\n",
      "a.auto.tfvars": "cores = 3\n",
    },
    address: WEB,
    attributes: { cores: [4, 8] },
    edit: { "b.auto.tfvars": [["4", "8"]] },
  },
  {
    name: "a variable of the environment",
    code: `${VM}  cores = var.cores\n}\n\nvariable "cores" {\n  default = 2\n}\n`,
    folder: { envVariables: ["cores"] },
    address: WEB,
    attributes: { cores: [3, 4] },
    whyNot: "environment-variable",
  },
  {
    name: "a variable that no file gives a value",
    code: `${VM}  cores = var.cores\n}\n\nvariable "cores" {}\n`,
    address: WEB,
    attributes: { cores: [3, 4] },
    whyNot: "no-value",
  },
  {
    name: "values in JSON",
    code: { "main.tf": `${VM}  cores = var.cores\n}\n`, "terraform.tfvars.json": '{"cores": 3}' },
    address: WEB,
    attributes: { cores: [3, 4] },
    whyNot: "json",
  },
  {
    name: "a local",
    code: `locals {\n  cores  = 2\n  memory = 1\n}\n\n${VM}  cores = local.cores\n}\n`,
    address: WEB,
    attributes: { cores: [2, 16] },
    edit: [["cores  = 2", "cores  = 16"]],
  },
  {
    name: "a local that something else reads",
    code:
      `locals {\n  cores = 2\n}\n\n${VM}  cores = local.cores\n}\n\nresource "pve_vm" "db" {\n  cores = local.cores\n}\n`,
    address: WEB,
    attributes: { cores: [2, 4] },
    whyNot: "shared-value",
  },
  {
    name: "two attributes that read one value, where both want the same",
    code:
      `${VM}  memory {\n    dedicated = var.memory\n    floating  = var.memory\n  }\n}\n\nvariable "memory" {\n  default = 2048\n}\n`,
    address: WEB,
    attributes: { ...memory(2048, 4096), "memory[0].floating": [2048, 4096] },
    edit: [["= 2048", "= 4096"]],
  },
  {
    name: "two attributes that read one value, where one differs",
    code:
      `${VM}  memory {\n    dedicated = var.memory\n    floating  = var.memory\n  }\n}\n\nvariable "memory" {\n  default = 2048\n}\n`,
    address: WEB,
    attributes: memory(2048, 4096),
    whyNot: "shared-value",
  },
  {
    name: "an element of a map for for_each",
    code: {
      "main.tf":
        'resource "pve_vm" "this" {\n  for_each = var.vms\n\n  name  = each.key\n  cores = each.value.cores\n}\n',
      "terraform.tfvars":
        "vms = {\n  web = {\n    cores  = 2 # two\n    memory = 1\n  }\n  db = {\n    cores  = 2\n    memory = 1\n  }\n}\n",
    },
    address: 'pve_vm.this["web"]',
    attributes: { cores: [2, 16] },
    edit: { "terraform.tfvars": [["cores  = 2 # two", "cores  = 16 # two"]] },
    places: ["main.tf:5 value cores", "terraform.tfvars:1 values file vms", "terraform.tfvars:3 value"],
  },
  {
    name: "one of several instances of one literal",
    code: 'resource "pve_vm" "this" {\n  for_each = toset(["a", "b"])\n\n  cores = 2\n}\n',
    address: 'pve_vm.this["a"]',
    attributes: { cores: [2, 4] },
    whyNot: "several-instances",
  },
  {
    name: "the only instance of a count",
    code:
      'resource "pve_vm" "this" {\n  count = var.enabled ? 1 : 0\n\n  cores = 2\n}\n\nvariable "enabled" {\n  default = true\n}\n',
    address: "pve_vm.this[0]",
    attributes: { cores: [2, 4] },
    edit: [["cores = 2", "cores = 4"]],
  },
  {
    name: "an element of a list by count.index",
    code:
      'locals {\n  sizes = [1, 2, 4]\n}\n\nresource "pve_vm" "this" {\n  count = length(local.sizes)\n\n  cores = local.sizes[count.index]\n}\n',
    address: "pve_vm.this[1]",
    attributes: { cores: [2, 8] },
    edit: [["[1, 2, 4]", "[1, 8, 4]"]],
  },
  {
    name: "an element by its key in another map",
    code:
      'locals {\n  cores = { "a.b" = 1, c = 2 }\n}\n\nresource "pve_vm" "this" {\n  for_each = toset(["a.b", "c"])\n\n  cores = local.cores[each.key]\n}\n',
    address: 'pve_vm.this["a.b"]',
    attributes: { cores: [1, 8] },
    edit: [['"a.b" = 1', '"a.b" = 8']],
  },
  {
    name: "a size that several instances share by name",
    code:
      'locals {\n  sizes = { s = 1, m = 2 }\n  vms   = { a = { size = "s" }, b = { size = "s" } }\n}\n\nresource "pve_vm" "this" {\n  for_each = local.vms\n\n  cores = local.sizes[each.value.size]\n}\n',
    address: 'pve_vm.this["a"]',
    attributes: { cores: [1, 8] },
    whyNot: "several-instances",
  },
  {
    name: "what lookup has a default for, in the instance's own map",
    code:
      'locals {\n  vms = {\n    a = { id = 1 }\n    b = { id = 2, cores = 4 }\n  }\n}\n\nresource "pve_vm" "this" {\n  for_each = local.vms\n\n  cores = lookup(each.value, "cores", 2)\n}\n',
    address: 'pve_vm.this["a"]',
    attributes: { cores: [2, 8] },
    edit: [["{ id = 1 }", "{ id = 1, cores = 8 }"]],
  },
  {
    name: "what try has a default for",
    code:
      'locals {\n  vms = {\n    a = {\n      id    = 1\n      image = "x"\n    }\n    b = { id = 2 }\n  }\n}\n\nresource "pve_vm" "this" {\n  for_each = local.vms\n\n  cores = try(each.value.cores, 2)\n}\n',
    address: 'pve_vm.this["a"]',
    attributes: { cores: [2, 8] },
    edit: [['image = "x"\n', 'image = "x"\n      cores = 8\n']],
  },
  {
    name: "what merge takes from the defaults of all",
    code:
      'locals {\n  defaults = { cores = 2, disk = 1 }\n  vms = {\n    a = { id = 1 }\n    b = { id = 2 }\n  }\n}\n\nresource "pve_vm" "this" {\n  for_each = { for name, vm in local.vms : name => merge(local.defaults, vm) }\n\n  cores = each.value.cores\n}\n',
    address: 'pve_vm.this["b"]',
    attributes: { cores: [2, 8] },
    edit: [["{ id = 2 }", "{ id = 2, cores = 8 }"]],
  },
  {
    name: "an element of a list that a for makes a map of",
    code:
      'locals {\n  vms = [\n    { name = "a", cores = 2 },\n    { name = "b", cores = 2 },\n  ]\n}\n\nresource "pve_vm" "this" {\n  for_each = { for vm in local.vms : vm.name => vm }\n\n  cores = each.value.cores\n}\n',
    address: 'pve_vm.this["b"]',
    attributes: { cores: [2, 8] },
    edit: [['"b", cores = 2', '"b", cores = 8']],
  },
  {
    name: "a value that stands once in a for for all",
    code:
      'resource "pve_vm" "this" {\n  for_each = { for name in ["a", "b"] : name => { cores = 2 } }\n\n  cores = each.value.cores\n}\n',
    address: 'pve_vm.this["b"]',
    attributes: { cores: [2, 8] },
    whyNot: "computed",
  },
  {
    name: "what Terraform works out",
    code: `${VM}  cores = max(1, var.cores)\n}\n\nvariable "cores" {\n  default = 2\n}\n`,
    address: WEB,
    attributes: { cores: [2, 8] },
    whyNot: "computed",
    places: ["main.tf:2 value cores"],
  },
  {
    name: "a text with an insertion",
    code: `${VM}  name = "\${var.name}-1"\n}\n\nvariable "name" {\n  default = "web"\n}\n`,
    address: WEB,
    attributes: { name: ["web-1", "web-2"] },
    whyNot: "computed",
  },
  {
    name: "a text that is nothing but an insertion",
    code: `${VM}  name = "\${var.name}"\n}\n\nvariable "name" {\n  default = "web"\n}\n`,
    address: WEB,
    attributes: { name: ["web", "www"] },
    edit: [['"web"\n', '"www"\n']],
  },
  {
    name: "another resource's attribute",
    code: `${VM}  name = pve_pool.x.name\n}\n\nresource "pve_pool" "x" {\n  name = "web"\n}\n`,
    address: WEB,
    attributes: { name: ["web", "www"] },
    whyNot: "computed",
  },
  {
    name: "an attribute that another resource reads",
    code: `${VM}  name = "web"\n}\n\nresource "pve_pool" "x" {\n  name = pve_vm.web.name\n}\n`,
    address: WEB,
    attributes: { name: ["web", "www"] },
    whyNot: "shared-value",
  },
  {
    name: "an attribute of a resource whose other attribute is read",
    code: `${VM}  name = "web"\n  id   = 1\n}\n\nresource "pve_pool" "x" {\n  name = pve_vm.web.id\n}\n`,
    address: WEB,
    attributes: { name: ["web", "www"] },
    edit: [['"web"\n', '"www"\n']],
  },
  {
    name: "an argument of a module",
    code: {
      "main.tf":
        'module "web" {\n  source = "./modules/vm"\n\n  cores = 2\n}\n\nmodule "db" {\n  source = "./modules/vm"\n\n  cores = 2\n}\n',
      "modules/vm/main.tf":
        'variable "cores" {\n  default = 1\n}\n\nresource "pve_vm" "this" {\n  cores = var.cores\n}\n',
    },
    address: "module.db.pve_vm.this",
    attributes: { cores: [2, 8] },
    edit: [[
      '  cores = 2\n}\n\nmodule "db" {\n  source = "./modules/vm"\n\n  cores = 2\n}',
      '  cores = 2\n}\n\nmodule "db" {\n  source = "./modules/vm"\n\n  cores = 8\n}',
    ]],
    places: ["modules/vm/main.tf:6 value cores", "main.tf:10 argument cores"],
  },
  {
    name: "an argument that a module leaves to its default",
    code: {
      "env/main.tf": 'module "web" {\n  source = "../modules/vm"\n}\n',
      "modules/vm/main.tf":
        'variable "cores" {\n  default = 1\n}\n\nresource "pve_vm" "this" {\n  cores = var.cores\n}\n',
    },
    folder: { dir: "env" },
    address: "module.web.pve_vm.this",
    attributes: { cores: [1, 8] },
    edit: { "env/main.tf": [['"../modules/vm"\n', '"../modules/vm"\n  cores  = 8\n']] },
  },
  {
    name: "a literal in a module that others may use",
    code: {
      "env/main.tf": 'module "web" {\n  source = "../modules/vm"\n}\n',
      "modules/vm/main.tf": 'resource "pve_vm" "this" {\n  cores = 1\n}\n',
    },
    folder: { dir: "env" },
    address: "module.web.pve_vm.this",
    attributes: { cores: [1, 8] },
    whyNot: "shared-file",
  },
  {
    name: "a literal in a module of its own that is called twice",
    code: {
      "main.tf": 'module "a" {\n  source = "./vm"\n}\n\nmodule "b" {\n  source = "./vm"\n}\n',
      "vm/main.tf": 'resource "pve_vm" "this" {\n  cores = 1\n}\n',
    },
    address: "module.a.pve_vm.this",
    attributes: { cores: [1, 8] },
    whyNot: "several-instances",
  },
  {
    name: "a value through two modules and two maps",
    code: {
      "main.tf":
        'module "site" {\n  source   = "./site"\n  for_each = var.sites\n\n  vms = each.value.vms\n}\n\nvariable "sites" {}\n',
      "site/main.tf":
        'variable "vms" {}\n\nmodule "vm" {\n  source   = "../vm"\n  for_each = var.vms\n\n  cores = each.value.cores\n}\n',
      "vm/main.tf": 'variable "cores" {}\n\nresource "pve_vm" "this" {\n  cores = var.cores\n}\n',
      "prod.tfvars":
        'sites = {\n  "é1" = { vms = { web = { cores = 2 }, db = { cores = 2 } } }\n  y  = { vms = { web = { cores = 3 } } }\n}\n',
    },
    folder: { varFiles: ["prod.tfvars"] },
    address: 'module.site["é1"].module.vm["db"].pve_vm.this',
    attributes: { cores: [2, 8] },
    edit: { "prod.tfvars": [["db = { cores = 2 }", "db = { cores = 8 }"]] },
  },
  {
    name: "a module that is not in the checkout",
    code: 'module "web" {\n  source = "example/vm/pve"\n}\n',
    address: "module.web.pve_vm.this",
    attributes: { cores: [1, 8] },
    whyNot: "fetched-module",
  },
  {
    name: "the elements of a list on one line",
    code: `${VM}  tags = ["a", "b"]\n}\n`,
    address: WEB,
    attributes: { tags: [["a", "b"], ["a", "c", "d"]] },
    edit: [['["a", "b"]', '["a", "c", "d"]']],
  },
  {
    name: "the elements of a list on lines of their own",
    code: `${VM}  tags = [\n    "a", # first\n    "b", # gone\n    "c" # last\n  ]\n}\n`,
    address: WEB,
    attributes: { tags: [["a", "b", "c"], ["a", "c", "d"]] },
    edit: [['    "b", # gone\n    "c" # last\n', '    "c", # last\n    "d",\n']],
  },
  {
    name: "a list that the code sorts and adds to",
    code: `${VM}  tags = sort(concat(["managed"], var.tags))\n}\n\nvariable "tags" {\n  default = ["web"]\n}\n`,
    address: WEB,
    attributes: { tags: [["managed", "web"], ["managed", "urgent", "web"]] },
    edit: [['["web"]', '["web", "urgent"]']],
  },
  {
    name: "an element that comes from elsewhere in a list that the code adds to",
    code: `${VM}  tags = sort(concat(["managed"], var.tags))\n}\n\nvariable "tags" {\n  default = ["web"]\n}\n`,
    address: WEB,
    attributes: { tags: [["managed", "web"], ["web"]] },
    whyNot: "no-clean-edit",
  },
  {
    name: "an empty list",
    code: `${VM}  tags = []\n}\n`,
    address: WEB,
    attributes: { tags: [[], ["x"]] },
    edit: [["[]", '["x"]']],
  },
  {
    name: "a list whose comment would be lost",
    code: `${VM}  tags = [\n    # none yet\n  ]\n}\n`,
    address: WEB,
    attributes: { tags: [[], ["x"]] },
    whyNot: "no-clean-edit",
  },
  {
    name: "a list that is written on two lines",
    code: `${VM}  tags = ["a", "b",\n    "c", "d"]\n}\n`,
    address: WEB,
    attributes: { tags: [["a", "b", "c", "d"], ["b", "c", "e"]] },
    edit: [['"a", "b"', '"b"'], ['"d"', '"e"']],
  },
  {
    name: "an attribute that the code does not have",
    code: `${VM}  name = "web"\n\n  cpu {\n    cores = 2\n  }\n}\n`,
    address: WEB,
    attributes: { description: [null, "x"] },
    edit: [['  name = "web"\n', '  name        = "web"\n  description = "x"\n']],
  },
  {
    name: "an attribute of a nested block of one line",
    code: `${VM}  cpu { cores = 2 }\n}\n`,
    address: WEB,
    attributes: { "cpu[0].sockets": [1, 2] },
    edit: [["{ cores = 2 }", "{\n    cores   = 2\n    sockets = 2\n  }"]],
  },
  {
    name: "an attribute of a nested block that the code does not have",
    code: `${VM}  name = "web"\n}\n`,
    address: WEB,
    attributes: { "cpu[0].cores": [1, 2] },
    edit: [['"web"\n', '"web"\n\n  cpu {\n    cores = 2\n  }\n']],
  },
  {
    name: "an attribute that is gone",
    code: `${VM}  name        = "web"\n  description = "x"\n}\n`,
    address: WEB,
    attributes: { description: ["x", null] },
    edit: [['name        = "web"\n  description = "x"\n', 'name = "web"\n']],
  },
  {
    name: "an attribute that is gone and comes from a map",
    code:
      'locals {\n  vms = { a = { id = 1, pool = "x" } }\n}\n\nresource "pve_vm" "this" {\n  for_each = local.vms\n\n  pool = each.value.pool\n}\n',
    address: 'pve_vm.this["a"]',
    attributes: { pool: ["x", null] },
    edit: [['pool = "x"', "pool = null"]],
  },
  {
    name: "a nested block that came",
    code: `${VM}  network_device {\n    bridge = "vmbr0"\n  }\n\n  cpu {\n    cores = 1\n  }\n}\n`,
    address: WEB,
    attributes: {
      "network_device[1]": [null, {
        bridge: "vmbr1",
        firewall: false,
        mac_address: "",
        model: "virtio",
        mtu: 0,
        vlan_id: null,
      }],
    },
    edit: [[
      '"vmbr0"\n  }\n',
      '"vmbr0"\n  }\n\n  network_device {\n    bridge   = "vmbr1"\n    firewall = false\n    model    = "virtio"\n  }\n',
    ]],
  },
  {
    name: "a nested block that went",
    code: `${VM}  disk {\n    size = 1\n  }\n\n  disk {\n    size = 2\n  }\n\n  cpu {}\n}\n`,
    address: WEB,
    attributes: { "disk[1]": [{ size: 2, file: null }, null] },
    edit: [["  disk {\n    size = 2\n  }\n\n", ""]],
  },
  {
    name: "a nested block behind one that went",
    code: `${VM}  disk {\n    size = 1\n  }\n\n  disk {\n    size = 2\n  }\n\n  disk {\n    size = 3\n  }\n}\n`,
    address: WEB,
    attributes: { "disk[0]": [{ size: 1 }, null], "disk[1].size": [2, 8] },
    edit: [["  disk {\n    size = 1\n  }\n\n", ""], ["size = 2", "size = 8"]],
  },
  {
    name: "a value that a directive of a template reads too",
    code:
      `${VM}  cores = var.cores\n}\n\nvariable "cores" {\n  default = 2\n}\n\nresource "pve_x" "y" {\n  text = "%{ for v in [var.cores] }\${v}%{ endfor }"\n}\n`,
    address: WEB,
    attributes: { cores: [2, 8] },
    whyNot: "shared-value",
  },
  {
    name: "two attributes that lack one key of a map",
    code:
      'locals {\n  vms = {\n    a = { id = 1 }\n    b = { id = 2 }\n  }\n}\n\nresource "pve_vm" "this" {\n  for_each = local.vms\n\n  memory {\n    dedicated = try(each.value.memory, 512)\n    floating  = try(each.value.memory, 512)\n  }\n}\n',
    address: 'pve_vm.this["a"]',
    attributes: { "memory[0].dedicated": [512, 1024], "memory[0].floating": [512, 1024] },
    edit: [["{ id = 1 }", "{ id = 1, memory = 1024 }"]],
  },
  {
    name: "an index into what the code has as a map",
    code: `${VM}  nets = { x = { bridge = "a" } }\n}\n`,
    address: WEB,
    attributes: { "nets[0].bridge": ["a", "b"] },
    whyNot: "computed",
  },
  {
    name: "a nested block by its title",
    code:
      `resource "proxmox_virtual_environment_firewall_rules" "x" {\n  rule {\n    action = "ACCEPT"\n    dport  = "22"\n  }\n\n  rule {\n    action = "ACCEPT"\n    dport  = "80"\n  }\n}\n`,
    address: "proxmox_virtual_environment_firewall_rules.x",
    attributes: { 'rule["ACCEPT 80"].dport': ["80", "443"] },
    edit: [['"80"', '"443"']],
  },
  {
    name: "an entry of a dynamic block over a list",
    code: 'variable "disks" {\n  default = [16, 64]\n}\n\n' +
      `${VM}  dynamic "disk" {\n    for_each = var.disks\n    content {\n      size = disk.value\n      slot = disk.key\n    }\n  }\n}\n`,
    address: WEB,
    attributes: { "disk[1].size": [64, 80] },
    edit: [["64", "80"]],
  },
  {
    name: "the last entry of a dynamic block over a list, which is gone",
    code: 'variable "disks" {\n  default = [16, 64]\n}\n\n' +
      `${VM}  dynamic "disk" {\n    for_each = var.disks\n    content {\n      size = disk.value\n    }\n  }\n}\n`,
    address: WEB,
    attributes: { "disk[1]": [{ size: 64 }, null] },
    edit: [["[16, 64]", "[16]"]],
  },
  {
    name: "an entry of a dynamic block over a map",
    code:
      `${VM}  dynamic "disk" {\n    for_each = { a = 1, b = 2 }\n    content {\n      size = disk.value\n    }\n  }\n}\n`,
    address: WEB,
    attributes: { "disk[1].size": [2, 3] },
    whyNot: "dynamic-block",
    places: ["main.tf:2 nested block disk"],
  },
  {
    name: "a key of a map",
    code: `${VM}  labels = {\n    env   = "prod"\n    "a.b" = "x"\n  }\n}\n`,
    address: WEB,
    attributes: { "labels.env": ["prod", "test"], 'labels["a.b"]': ["x", null], 'labels["c d"]': [null, "y"] },
    edit: [['env   = "prod"\n    "a.b" = "x"\n', 'env   = "test"\n    "c d" = "y"\n']],
  },
  {
    name: "a heredoc",
    code: `${VM}  description = <<-EOT\n    one\n      two $\${x}\n  EOT\n  name        = "web"\n}\n`,
    address: WEB,
    attributes: { description: ["one\n  two ${x}\n", "one\n\nthree %{y}\n"] },
    edit: [["    one\n      two $${x}\n", "    one\n\n    three %%{y}\n"]],
  },
  {
    name: "a heredoc that shall end without a line break",
    code: `${VM}  description = <<EOT\none\nEOT\n}\n`,
    address: WEB,
    attributes: { description: ["one\n", "two"] },
    edit: [["<<EOT\none\nEOT", '"two"']],
  },
  {
    name: "a file with the line ends of Windows",
    code: `${VM}  name = "web"\n\n  cpu {\n    cores = 2\n  }\n}\n`.replaceAll("\n", "\r\n"),
    address: WEB,
    attributes: { name: ["web", "www"], description: [null, "x"] },
    edit: [['  name = "web"\r\n', '  name        = "www"\r\n  description = "x"\r\n']],
  },
  {
    name: "an attribute by a path that is none",
    code: `${VM}  name = "a"\n}\n`,
    address: WEB,
    attributes: { "näme": ["a", "b"] },
    whyNot: "computed",
  },
  {
    name: "a text beyond ASCII in a file that ends without a line break",
    code: `${VM}  # 🖥 é\n  name = "wéb 🖥"\n}`,
    address: WEB,
    attributes: { name: ["wéb 🖥", "wéb 💾"] },
    edit: [['"wéb 🖥"', '"wéb 💾"']],
  },
  {
    name: "aligned comments",
    code: `${VM}  cores  = 2  # few\n  memory = 16 # much\n}\n`,
    address: WEB,
    attributes: { cores: [2, 128] },
    edit: [["2  # few\n  memory = 16 # much", "128 # few\n  memory = 16  # much"]],
  },
  {
    name: "lines that are not aligned",
    code: `${VM}  cores = 2\n  memory = 16\n}\n`,
    address: WEB,
    attributes: { description: [null, "x"] },
    edit: [["memory = 16\n", 'memory = 16\n  description = "x"\n']],
  },
  {
    name: "an override file",
    code: { "main.tf": `${VM}  cores = 2\n}\n`, "x_override.tf": `${VM}  cores = 4\n}\n` },
    address: WEB,
    attributes: { cores: [4, 8] },
    edit: { "x_override.tf": [["4", "8"]] },
  },
  {
    name: "OpenTofu's own file beside Terraform's",
    code: { "main.tf": `${VM}  cores = 2\n}\n`, "main.tofu": `${VM}  cores = 4\n}\n` },
    folder: { isTofu: true },
    address: WEB,
    attributes: { cores: [4, 8] },
    edit: { "main.tofu": [["4", "8"]] },
  },
  {
    name: "Terraform's file beside OpenTofu's",
    code: { "main.tf": `${VM}  cores = 2\n}\n`, "main.tofu": `${VM}  cores = 4\n}\n` },
    address: WEB,
    attributes: { cores: [2, 8] },
    edit: [["2", "8"]],
  },
  {
    name: "code in JSON",
    code: { "main.tf.json": '{"resource": {"pve_vm": {"web": {"cores": 2}}}}' },
    address: WEB,
    attributes: { cores: [2, 8] },
    whyNot: "json",
  },
  {
    name: "a value that code in JSON reads too",
    code: {
      "main.tf": `${VM}  cores = var.cores\n}\n\nvariable "cores" {\n  default = 2\n}\n`,
      "x.tf.json": '{"output": {"x": {"value": "${var.cores}"}}}',
    },
    address: WEB,
    attributes: { cores: [2, 8] },
    whyNot: "shared-value",
  },
  {
    name: "a block that is not there",
    code: 'resource "pve_vm" "db" {}\n',
    address: WEB,
    attributes: { cores: [2, 8] },
    whyNot: "no-block",
  },
  {
    name: "two blocks of one address",
    code: { "a.tf": `${VM}  cores = 2\n}\n`, "b.tf": `${VM}  cores = 2\n}\n` },
    address: WEB,
    attributes: { cores: [2, 8] },
    whyNot: "unclear-block",
  },
  {
    name: "code that is broken",
    code: { "main.tf": `${VM}  cores = 2\n}\n`, "broken.tf": 'resource "x" {\n  y = [1,\n}\n' },
    address: WEB,
    attributes: { cores: [2, 8] },
    whyNot: "unreadable",
  },
  {
    name: "a value that is not the one of the code",
    code: `${VM}  cores = 2\n}\n`,
    address: WEB,
    attributes: { cores: [3, 8] },
    whyNot: "other-value",
  },
  {
    name: "a masked value",
    code: `${VM}  password = "a"\n}\n`,
    address: WEB,
    attributes: { password: ["(sensitive)", "(sensitive)"] },
    whyNot: "hidden-value",
  },
  {
    name: "a value with characters that cannot be seen",
    code: `${VM}  name = "a"\n}\n`,
    address: WEB,
    attributes: { name: ["a", "a\u202eb"] },
    whyNot: "hidden-value",
  },
  {
    name: "a number whose digits are lost",
    code: `${VM}  id = 1\n}\n`,
    address: WEB,
    attributes: { id: [1, 9007199254740993] },
    whyNot: "hidden-value",
  },
  {
    name: "an object that is to be created",
    code: `${VM}  cores = 2\n}\n`,
    address: WEB,
    action: "create",
    attributes: {},
  },
  {
    name: "names that lead round in circles",
    code: `locals {\n  a = local.b\n  b = local.a\n}\n\n${VM}  cores = local.a\n}\n`,
    address: WEB,
    attributes: { cores: [2, 8] },
    whyNot: "computed",
  },
  {
    name: "a folder that two environments check",
    code: `${VM}  cores = 2\n}\n`,
    folder: { environments: [{ name: "env", dir: ".", varFiles: [] }, { name: "other", dir: ".", varFiles: [] }] },
    address: WEB,
    attributes: { cores: [2, 8] },
    whyNot: "shared-folder",
  },
  {
    name: "a file of values of one environment of two in a folder",
    code: { "main.tf": `${VM}  cores = var.cores\n}\n\nvariable "cores" {}\n`, "a.tfvars": "cores = 2\n" },
    folder: { varFiles: ["a.tfvars"], environments: [{ name: "other", dir: ".", varFiles: ["b.tfvars"] }] },
    address: WEB,
    attributes: { cores: [2, 8] },
    edit: { "a.tfvars": [["2", "8"]] },
  },
  {
    name: "a file of values that another environment reads",
    code: { "main.tf": `${VM}  cores = var.cores\n}\n\nvariable "cores" {}\n`, "a.tfvars": "cores = 2\n" },
    folder: { varFiles: ["a.tfvars"], environments: [{ name: "other", dir: ".", varFiles: ["a.tfvars"] }] },
    address: WEB,
    attributes: { cores: [2, 8] },
    whyNot: "shared-folder",
  },
  {
    name: "a file that is a link",
    code: { "env/x": "", "common.tf": `${VM}  cores = 2\n}\n` },
    folder: { dir: "env" },
    prepare: async (checkout) => await link("../common.tf", `${checkout}/env/main.tf`),
    address: WEB,
    attributes: { cores: [2, 8] },
    whyNot: "shared-file",
  },
  {
    name: "strange keys",
    code:
      'locals {\n  vms = {\n    "a\\"b\\n.c[0]" = { cores = 1 }\n    constructor = { cores = 1 }\n  }\n}\n\nresource "pve_vm" "this" {\n  for_each = local.vms\n\n  cores = each.value.cores\n}\n',
    address: 'pve_vm.this["a\\"b\\n.c[0]"]',
    attributes: { cores: [1, 8] },
    edit: [['c[0]" = { cores = 1 }', 'c[0]" = { cores = 8 }']],
  },
];

/** The tests' permissions do not allow `Deno.symlink`. */
async function link(target: string, path: string) {
  assertEquals((await run("ln", ["-s", target, path])).code, 0);
}

function filesOf(code: Case["code"]): Record<string, string> {
  return typeof code === "string" ? { "main.tf": code } : code;
}

for (const { name, code, edit = [], whyNot = {}, places, ...question } of CASES) {
  Deno.test(`explainCode() ${edit.length === 0 ? "offers no edit of" : "edits"} ${name}`, async () => {
    const files = filesOf(code);
    const said = await explained({ ...question, files });
    const [first = ""] = Object.keys(question.attributes);
    for (const one of said.answer.attributes) if (one.whyNot) assertMatch(whyNotText(one.whyNot), /^[A-Z/].{20,}[^.]$/);
    assertEquals(said.whyNot, typeof whyNot === "string" ? { [first]: whyNot } : whyNot);
    const wanted = Array.isArray(edit) ? (edit.length === 0 ? {} : { "main.tf": edit }) : edit;
    assertEquals(
      said.after,
      Object.fromEntries(
        Object.entries(wanted).map(([path, edits]) => {
          const after = edits.reduce((text, [from, to]) => {
            assertEquals(text.split(from).length, 2, `"${from}" is not there once`);
            return text.replace(from, () => to);
          }, files[path]!);
          return [path, after];
        }),
      ),
      JSON.stringify(said.answer),
    );
    if (places) assertEquals(said.places[first]!.slice(-places.length), places);
  });
}
