# SPDX-License-Identifier: AGPL-3.0-or-later. This file extends fakepve, which has that license; tests run it, no release has it.
"""A guest's configuration file: what Proxmox VE reads from its text, what it writes, and how the API shows it.

Follows PVE::QemuServer (parse_vm_config, write_vm_config), PVE::LXC::Config and PVE::GuestHelpers; tests hold it against
answers of that code (tests/fixtures/pve-api/qemu and lxc). `kind` is "qemu" or "lxc", as in a path of the API.
"""
import hashlib
import re
import urllib.parse

from fakepve import schema
from fakepve.routing import split_list

# Written by PVE itself, and so in no schema of what may be set.
OWN_KEYS = ('meta', 'parent', 'snaptime', 'snapstate', 'vmstate', 'runningcpu', 'runningmachine')
# PVE::LXC::Config's valid_lxc_conf_keys, as far as anything here has them; a key generated from others is refused.
RAW_LXC = re.compile(r'lxc\.(cgroup2?\.[\w.]+|mount\.(entry|auto)|idmap|apparmor\.\w+|cap\.(drop|keep)|init\.\w+|signal\.\w+'
                     r'|net\.\d+\.\w+|seccomp\.\w+|hook\.[\w-]+)')
ENVIRONMENT = 'lxc.environment.runtime'
MASKED = '**********'


def option(kind, key):
    """The schema of an option; None where this version does not know it."""
    properties = schema.load().paths['/nodes/{node}/%s/{vmid}/config' % kind]['PUT']['parameters']['properties']
    return schema._prop(properties, key)


def typed(kind, key, value):
    """A value as the API shows it: whole numbers and booleans as numbers, all else as text."""
    of = option(kind, key)
    if key == 'snaptime' or (of and of.get('type') == 'integer'):
        return int(value) if re.fullmatch(r'-?\d+', str(value)) else str(value)
    if of and of.get('type') == 'boolean':
        found = schema.parse_boolean(str(value))
        return value if found is None else int(found)
    return value if isinstance(value, list) else str(value)


class Sections:
    """What a file holds: the options, those that wait (None: to be removed) and how, and the snapshots by name."""

    def __init__(self):
        self.config, self.pending, self.forced, self.cloudinit, self.snapshots = {}, {}, set(), {}, {}


def parse(kind, text):
    """Reads a file. What this version cannot read it leaves out, as PVE does with a warning."""
    found = Sections()
    section, into = 'main', found.config
    for line in text.encode().decode('latin-1').splitlines():
        head = re.fullmatch(r'\[(.+)\]\s*', line)
        if head:
            section, into = _section(found, kind, head.group(1))
        elif into is not None and line.strip():
            _read(kind, line, section, into, found)
    if kind == 'qemu':
        for part in (found.config, *found.snapshots.values()):
            if 'description' in part:
                part['description'] = part['description'][:-1]
    return found


def _section(found, kind, name):
    if name.lower() == ('pending' if kind == 'qemu' else 'pve:pending'):
        return 'pending', found.pending
    if name == 'special:cloudinit':
        return 'cloudinit', found.cloudinit
    if re.fullmatch(r'[a-zA-Z][\w-]+', name):
        return name, found.snapshots.setdefault(name, {})
    return None, None


def _read(kind, line, section, into, found):
    raw = re.fullmatch(r'(lxc\.[\w.-]+)(?::|\s*=)\s*(.*?)\s*', line) if kind == 'lxc' else None
    plain = re.fullmatch(r'([a-z][a-z_-]*\d*):\s*(.+?)\s*', line)
    if line.startswith('#'):
        text = urllib.parse.unquote_to_bytes(line[1:].encode('latin-1')).decode()
        into['description'] = into.get('description', '') + text + '\n'
    elif raw:
        key, value = raw.groups()
        if key == ENVIRONMENT:
            into['env'] = '\0'.join(filter(None, [into.get('env'), value]))
        elif RAW_LXC.fullmatch(key):
            into.setdefault('lxc', []).append([key, value])
    elif plain and section == 'pending' and plain.group(1) == 'delete':
        for key in split_list(plain.group(2)):
            into[key.lstrip('!')] = None
            if key.startswith('!'):
                found.forced.add(key[1:])
    elif plain:
        key, value = plain.groups()
        if kind == 'lxc' or key in OWN_KEYS or _is_valid(key, value):
            into['ide2' if key == 'cdrom' else key] = typed(kind, key, value)


def _is_valid(key, value):
    """Whether a VM's option is known and can be read; another is dropped."""
    of = option('qemu', key)
    return of is not None and schema.check_value(of, value)[1] is None


def write(kind, guest):
    """The text that PVE writes for a guest."""
    parts = [_lines(kind, guest.config)]
    pending = {k: v for k, v in guest.pending.items() if v is not None}
    forced = getattr(guest, 'forced', ())
    deletes = sorted(('!' if k in forced else '') + k for k, v in guest.pending.items() if v is None)
    if deletes:
        pending['delete'] = ','.join(deletes)
    if pending:
        parts.append(('[PENDING]\n' if kind == 'qemu' else '[pve:pending]\n') + _lines(kind, pending))
    if getattr(guest, 'cloudinit', None):
        parts.append('[special:cloudinit]\n' + _lines(kind, guest.cloudinit))
    parts += ['[{0}]\n{1}'.format(name, _lines(kind, snap)) for name, snap in sorted(guest.snapshots.items())]
    return '\n'.join(parts)


def _lines(kind, options):
    description = options.get('description', '')
    lines = ['#' + _escaped(line) for line in (description.removesuffix('\n').split('\n') if description else [])]
    lines += ['{0}: {1}'.format(k, options[k]) for k in sorted(options) if k not in ('description', 'lxc', 'env')]
    lines += ['{0}: {1}'.format(ENVIRONMENT, one) for one in options.get('env', '').split('\0') if one]
    lines += ['{0}: {1}'.format(key, value) for key, value in options.get('lxc', [])]
    return ''.join(line + '\n' for line in lines)


def _escaped(line):
    """PVE::Tools::encode_text."""
    return ''.join(chr(b) if 0x20 <= b < 0x80 and chr(b) not in '%:' else '%{0:02X}'.format(b) for b in line.encode())


def digest(kind, guest):
    """SHA-1 of the file: of the very text that was put there, or of what PVE would write now."""
    text, held = getattr(guest, 'file', (None, None))
    if held != [guest.config, guest.pending, guest.snapshots]:
        text = write(kind, guest)
    return hashlib.sha1(text.encode()).hexdigest()


def config_view(kind, guest, current=False, snapshot=None):
    """`GET .../config`: pending changes are applied unless `current`; a pending delete of a 0 stays, as in PVE's Perl."""
    options = dict(guest.snapshots[snapshot] if snapshot else guest.config)
    if not current and not snapshot:
        for key, value in guest.pending.items():
            if value is not None:
                options[key] = value
            elif str(options.get(key, '0')) not in ('0', ''):
                del options[key]
    shown = {key: _masked(kind, key, value) for key, value in options.items()}
    return dict(shown, digest=digest(kind, guest))


def pending_view(kind, guest):
    """`GET .../pending`, by key; PVE's own order is random."""
    options = dict(guest.config, digest=digest(kind, guest))
    listed = []
    for key in sorted(set(options) | set(guest.pending)):
        if key == 'lxc':
            continue
        item = {'key': key}
        if key in options:
            item['value'] = _masked(kind, key, options[key])
        if key in guest.pending:
            value = guest.pending[key]
            if value is None:
                item['delete'] = 2 if key not in options or key in getattr(guest, 'forced', ()) else 1
            else:
                # The blank at the end is PVE's own.
                item['pending'] = MASKED + ' ' if key == 'cipassword' else _masked(kind, key, value)
        listed.append(item)
    return listed


def _masked(kind, key, value):
    if key == 'cipassword':
        return MASKED
    # A container's description ends with a newline, wherever it came from.
    if kind == 'lxc' and key == 'description':
        return value.rstrip('\n') + '\n'
    return typed(kind, key, value)


def snapshots_view(kind, guest):
    """`GET .../snapshot`: the snapshots, and an entry "current" that is none."""
    listed = []
    for name, snap in guest.snapshots.items():
        item = {'name': name, 'snaptime': int(snap.get('snaptime') or 0),
                'description': _masked(kind, 'description', snap['description']) if snap.get('description') else ''}
        if kind == 'qemu':
            item['vmstate'] = 1 if snap.get('vmstate') else 0
        listed.append(dict(item, **{k: snap[k] for k in ('parent', 'snapstate') if snap.get(k)}))
    current = {'name': 'current', 'description': 'You are here!', 'digest': digest(kind, guest),
               'running': 1 if guest.status == 'running' else 0}
    return listed + [dict(current, **{k: guest.config[k] for k in ('parent',) if guest.config.get(k)})]
