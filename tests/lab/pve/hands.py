# SPDX-License-Identifier: AGPL-3.0-or-later. This file uses fakepve, which has that license; tests run it, no release has it.
"""qm, pct and pvesh as an administrator types them, against the played Proxmox: each option must be one of Proxmox's own API
schema, and the same request is made. Called as `hands.py CONTROL_URL PROGRAM WORD...`."""
import json
import sys
import urllib.request

from fakepve import schema

# What each subcommand asks the API for: method, and what follows the guest in the path.
GUEST_CALLS = {
    'config': ('GET', '/config', ()),
    'set': ('PUT', '/config', ()),
    'migrate': ('POST', '/migrate', ('target',)),
    'start': ('POST', '/status/start', ()),
    'stop': ('POST', '/status/stop', ()),
    'shutdown': ('POST', '/status/shutdown', ()),
    'reboot': ('POST', '/status/reboot', ()),
    'unlink': ('PUT', '/unlink', ()),
}
METHODS = {'get': 'GET', 'set': 'PUT', 'create': 'POST', 'delete': 'DELETE'}
KINDS = {'qm': 'qemu', 'pct': 'lxc'}


def ask(control, method, path, params):
    """A call of the API, as root."""
    order = {'do': 'api', 'method': method, 'path': path, 'params': params}
    request = urllib.request.Request(control, json.dumps(order).encode(), method='POST')
    with urllib.request.urlopen(request) as response:
        answer = json.load(response)
    if 'error' in answer:
        sys.exit(answer['error'])
    return answer.get('data')


def options(words):
    """`--name value --flag` as parameters; a flag without a value is 1."""
    params = {}
    while words:
        name = words.pop(0)
        if not name.startswith('--'):
            sys.exit('unexpected argument: {0}'.format(name))
        params[name[2:]] = words.pop(0) if words and not words[0].startswith('--') else '1'
    return params


def guest_path(control, kind, vmid):
    """Where a guest is, as a path of the API."""
    for one in ask(control, 'GET', '/cluster/resources', {'type': 'vm'}):
        if str(one['vmid']) == vmid and one['type'] == kind:
            return '/nodes/{node}/{type}/{vmid}'.format(**one)
    sys.exit('Configuration file for {0} {1} does not exist'.format(kind, vmid))


def main(control, program, command, *words):
    """Runs one command line; ends with a message where Proxmox would refuse it."""
    words = list(words)
    if program in KINDS:
        method, rest, operands = GUEST_CALLS[command]
        path = guest_path(control, KINDS[program], words.pop(0)) + rest
        params = {name: words.pop(0) for name in operands}
    else:
        method, path, params = METHODS[command], words.pop(0), {}
    params.update(options(words))
    match = schema.load().match(path)
    if match is None or method not in match.methods:
        sys.exit('no such resource: {0} {1}'.format(method, path))
    _, errors = schema.validate(match.methods[method].get('parameters'), dict(match.params, **params))
    if errors:
        sys.exit('\n'.join('{0}: {1}'.format(*error) for error in errors.items()))
    data = ask(control, method, path, params)
    if data is not None:
        print(json.dumps(data))


if __name__ == '__main__':
    main(*sys.argv[1:])
