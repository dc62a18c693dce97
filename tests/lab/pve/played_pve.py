# SPDX-License-Identifier: AGPL-3.0-or-later. This file extends fakepve, which has that license; tests run it, no release has it.
"""A played Proxmox VE for the lab: fakepve with its gaps filled, faults on demand, and a control port.

    played_pve.py DIR

Serves the API over HTTPS and the control port over HTTP, both on free ports of 127.0.0.1, writes its CA and certificate to DIR
and one line of JSON to stdout when it answers: {"url", "control", "ca"}. It ends when its stdin does.

Each part marked GAP makes fakepve 0.5.0 answer as Proxmox VE does where bpg/proxmox 0.111.1 would misread it otherwise.
"""
import asyncio
import copy
import json
import os
import re
import secrets
import ssl
import sys
import time

import config_file
from access_api import AccessApi
from aiohttp import web
from certificates import Authority
from control import CONTROL, Control, interface
from fakepve import FakeCt, FakePve, FakeVm, qemu, server
from fakepve.model import PveError
from fakepve.routing import die, split_list
from rights import Account
from witnessed import Witnessed

API = server.API
# What a saved state leaves out: the server's own.
NOT_SAVED = ('runner', 'host', 'port', 'saved', 'faults', 'healed', 'count', 'in_flight', 'most_in_flight', 'askers', 'requests',
             'unmodeled', 'tls', 'fingerprint', '_pids', '_ct_pids', '_random')


class Asker:
    """How much one token asks."""

    def __init__(self):
        self.requests = self.in_flight = self.most_in_flight = self.bytes = 0

    def begin(self):
        self.requests += 1
        self.in_flight += 1
        self.most_in_flight = max(self.most_in_flight, self.in_flight)


FakeVm.digest = lambda vm: config_file.digest('qemu', vm)
FakeCt.digest = lambda ct: config_file.digest('lxc', ct)


class PlayedPve(AccessApi, Witnessed, FakePve):
    def __init__(self, **kw):
        super().__init__(**kw)
        self.faults, self.count, self.in_flight, self.most_in_flight, self.askers = [], {}, 0, 0, {}
        self.saved, self.healed = {}, asyncio.Event()
        self.lease = 20
        self.kept = {}
        self.forget_all()
        self.acl = {}  # not None: fakepve checks permissions, and asks `allowed` below

    # ----------------------------------------------------------------- serving

    async def start(self, certfile, keyfile):
        """As FakePve's, but the certificate can be changed while it listens."""
        self.tls = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
        self.tls.load_cert_chain(certfile, keyfile)
        self.runner = web.AppRunner(self._build_app())
        await self.runner.setup()
        await web.TCPSite(self.runner, self.host, self.port, ssl_context=self.tls).start()
        self.port = self.runner.addresses[0][1]

    # ------------------------------------------------------------------ faults

    def _build_app(self):
        app = super()._build_app()
        app.middlewares.insert(0, self._meddle)
        # GAP: PVE does not mind a slash at the end, with which the provider deletes guests.
        qemu, lxc = '/nodes/{node}/qemu/{vmid}', '/nodes/{node}/lxc/{vmid}'
        app.router.add_delete(API + qemu + '/', self._stateful_handler(qemu, self._qm_destroy))
        app.router.add_delete(API + lxc + '/', self._lxc_handler(self._lxc_destroy))
        return app

    @web.middleware
    async def _meddle(self, request, handler):
        if request.headers.get('X-Lab-Control') == CONTROL:
            return await handler(request)
        path = request.path[len(API):]
        line = request.method + ' ' + path
        template = request.method + ' ' + re.sub(r'/(\d+|UPID:[^/]*|[\w-]+:vm-\d[^/]*)(?=/|$)', '/N', path)
        self.count[template] = self.count.get(template, 0) + 1
        self.in_flight += 1
        self.most_in_flight = max(self.most_in_flight, self.in_flight)
        asked = self.askers.setdefault(request.headers.get('Authorization', '').rpartition('=')[0].partition('=')[2], Asker())
        asked.begin()
        try:
            for fault in self.faults:
                if not re.search(fault['match'], line) or fault.get('by', '') not in request.headers.get('Authorization', ''):
                    continue
                if fault.get('times') is not None:
                    if fault['times'] <= 0:
                        continue
                    fault['times'] -= 1
                answer = await self._fault(request, fault)
                if answer is not None:
                    return answer
            answer = await handler(request)
            asked.bytes += len(answer.body or b'')
            return answer
        finally:
            self.in_flight -= 1
            asked.in_flight -= 1

    async def _fault(self, request, fault):
        kind = fault['kind']
        if kind == 'slow':
            await asyncio.sleep(fault['seconds'])
            return None
        if kind == 'hang':
            await self.healed.wait()
            # A caller that was killed takes a moment to be gone; what it asked for is not done then.
            await asyncio.sleep(0.5)
            is_gone = request.transport is None or request.transport.is_closing()
            return web.Response() if is_gone else None
        if kind == 'drop':
            request.transport.abort()
            return web.Response()
        if kind == 'cut':
            response = web.StreamResponse(headers={'Content-Type': 'application/json', 'Content-Length': '4000'})
            await response.prepare(request)
            await response.write(b'{"data":{"name":"')
            request.transport.abort()
            return response
        if kind == 'html':
            return web.Response(status=fault.get('status', 200), text=fault['text'], content_type='text/html')
        if kind == 'data':
            return server.ok(fault['data'])
        return web.Response(status=fault['status'], reason=fault['message'], text='{"data":null}',
                            content_type='application/json')

    # -------------------------------------------------------------- saved states

    def save(self, name):
        self.saved[name] = copy.deepcopy({k: v for k, v in self.__dict__.items() if k not in NOT_SAVED})

    def load(self, name):
        state = copy.deepcopy(self.saved[name])
        for key in [k for k in self.__dict__ if k not in NOT_SAVED and k not in state]:
            del self.__dict__[key]
        self.__dict__.update(state)
        self.heal()

    def heal(self):
        """Ends all faults; calls that hang are answered."""
        self.faults.clear()
        self.healed.set()
        self.healed = asyncio.Event()

    # --------------------------------------------------------------- permissions

    def _authenticate(self, request):
        if request.headers.get('X-Lab-Control') == CONTROL:
            return request.headers['X-Lab-User']
        who = super()._authenticate(request)
        if who:
            user, _, name = who.partition('!')
            account = self.accounts.get(user, Account(enable=1))
            token = account.tokens.get(name)
            # As PVE::AccessControl::verify_token: an expired token is told from a wrong one.
            if not account.get('enable'):
                raise PveError(401, "user '{0}' is disabled".format(user))
            if expired(account):
                raise PveError(401, "user '{0}' access expired".format(user))
            if token and expired(token):
                raise PveError(401, "token '{0}' access expired".format(name))
        return who

    def allowed(self, user, path, priv):
        """GAP: roles and ACLs are answered but not kept, and so not asked either."""
        return priv in self.permissions_on(user, path)

    # ------------------------------------------------- GAP: what is answered but not kept

    def _routes_lab(self):
        vm = '/nodes/{node}/qemu/{vmid}'
        routes = [
            *self._access_routes(),
            ('PUT', vm + '/resize', self._resize), ('POST', vm + '/migrate', self._migrate),
            *self._kept_routes('/cluster/ha/resources', 'sid', "no such resource '{0}'"),
            *self._kept_routes('/cluster/backup', 'id', "No such job '{0}'"),
            ('GET', '/nodes/{node}/query-url-metadata', self._url_metadata),
        ]
        return [(method, path, handler if method == 'GET' else self._in_quorum(handler)) for method, path, handler in routes]

    def _in_quorum(self, handler):
        """Without quorum PVE's files of the cluster cannot be written."""
        async def change(v, user):
            self.need_quorum()
            return await handler(v, user)
        return change

    # --------------------------------------------------------------- GAP: QEMU

    def _verify(self, request, values, drop=()):
        return super()._verify(request, one_list(values), drop)

    async def answer(self, request, match, params, user, call=None):
        info = (match and match.methods.get(request.method)) or {}
        rule = info.get('permissions') or {}
        if rule.get('check', [None])[0] == 'perm':
            # GAP: PVE checks the right before it looks at the parameters.
            self.check_permissions(user, rule, dict(params, **match.params), (info.get('parameters') or {}).get('properties', {}))
        return await super().answer(request, match, one_list(params), user, call)

    async def _apply_config(self, vm, user, p):
        """GAP: PVE allocates new disks, gives new NICs an address, plugs both at once, and keeps what was unplugged."""
        p = dict(p)
        for key, value in list(p.items()):
            if re.fullmatch(r'net\d+', key):
                p[key] = qemu.with_mac(value)
            elif qemu.DRIVE_KEY.match(key):
                p[key] = self._qm_new_drive(vm.vmid, key, value, None)[0]
            elif key == 'tags':
                p[key] = ';'.join(sorted({t.lower() for t in split_list(value)}))
            else:
                p[key] = config_file.typed('qemu', key, value)
        for key in split_list(p.get('delete')):
            volume = str(vm.config.get(key, '')).split(',')[0]
            if qemu.DRIVE_KEY.match(key) and 'cloudinit' not in volume and ':vm-' in volume:
                free = next(n for n in range(256) if 'unused%d' % n not in vm.config)
                vm.config['unused%d' % free] = volume
        await super()._apply_config(vm, user, p)
        for key in [k for k in vm.pending if re.match(r'(net|scsi|virtio)\d+$', k)]:
            value = vm.pending.pop(key)
            vm.config.pop(key, None) if value is None else vm.config.update({key: value})

    def _qm_new_drive(self, vmid, key, value, default):
        """GAP: PVE calls the cloud-init disk vm-ID-cloudinit, and the provider looks for that name."""
        value, made = super()._qm_new_drive(vmid, key, value, default)
        if made and 'media=cdrom' in value:
            storage, name = made[0].split(':', 1)
            volumes, new = self.storages[storage]['volumes'], 'vm-{0}-cloudinit'.format(vmid)
            volumes[new] = volumes.pop(name)
            value, made = value.replace(name, new), ['{0}:{1}'.format(storage, new)]
        return value, made

    async def _resize(self, v, user):
        """GAP: resizing a disk answers and changes nothing."""
        self.note(v['node'], user, 'update VM {vmid}: resize --disk {disk} --size {size}'.format(**v))
        vm = self.find(v['node'], v['vmid'])
        self._check_lock(vm)
        if v['disk'] not in vm.config:
            raise die("disk '{0}' does not exist".format(v['disk']))
        value, size = vm.config[v['disk']], str(v['size'])
        old = re.search(r'size=(\d+)G', value)
        if not old:
            raise die("you can't resize a cdrom")
        old = int(old.group(1))
        new = old + int(size[1:-1]) if size.startswith('+') else int(size.rstrip('G'))
        if new < old:
            raise die('shrinking disks is not supported')

        async def body():
            vm.config[v['disk']] = re.sub(r'size=\d+G', 'size={0}G'.format(new), value)
        return await self.task(vm.node, 'resize', vm.vmid, user, body)

    async def _migrate(self, v, user):
        """GAP: migrating over HTTP answers and changes nothing."""
        vm = self.find(v['node'], v['vmid'])
        if v['target'] == vm.node:
            raise server.bad_request(target='target is local node.')
        if v['target'] not in self.nodes:
            raise die("no such cluster node '{0}'".format(v['target']))
        self._check_lock(vm)
        if vm.status == 'running' and not v.get('online'):
            raise die("can't migrate running VM without --online")
        if self.ha_of(vm) is None:
            return await self.migrate(vm.vmid, v['target'], user=user)

        async def request():
            return 'Requesting HA migration for VM {0} to node {1}'.format(vm.vmid, v['target'])
        asked = await self.task(vm.node, 'hamigrate', vm.vmid, user, request)
        # The HA manager's own agent does it then.
        await self.migrate(vm.vmid, v['target'])
        return asked

    def _kept_routes(self, place, key, missing):
        """GAP: resources of the HA manager and jobs of backups are answered but not kept."""
        self.kept.setdefault(place, {})

        def held(v):
            if v[key] not in self.kept[place]:
                raise die(missing.format(v[key]))
            return self.kept[place][v[key]]

        async def every(v, user):
            return [dict(fields, **{key: name}) for name, fields in sorted(self.kept[place].items())]

        async def create(v, user):
            self.kept[place][v[key]] = {k: x for k, x in v.items() if k != key}

        async def read(v, user):
            return dict(held(v), **{key: v[key]})

        async def update(v, user):
            fields = held(v)
            fields.update({k: x for k, x in v.items() if k not in (key, 'delete')})
            for name in split_list(v.get('delete')):
                fields.pop(name, None)

        async def delete(v, user):
            held(v)
            del self.kept[place][v[key]]

        one = '{0}/{{{1}}}'.format(place, key)
        return [('GET', place, every), ('POST', place, create), ('GET', one, read), ('PUT', one, update), ('DELETE', one, delete)]

    async def _url_metadata(self, v, user):
        """GAP: what lies at an address, which is nowhere here: as much as a download pretends to be."""
        return {'size': 1024 ** 2, 'filename': v['url'].rpartition('/')[2], 'mimetype': 'application/octet-stream'}

    async def _agent_call(self, match, values):
        """GAP: a guest whose agent is enabled has one, that knows the guest's own addresses."""
        vm = self.find(values['node'], values['vmid'])
        if vm.agent is None and str(vm.config.get('agent', '')).split(',')[0] in ('1', 'enabled=1'):
            vm.agent = {}
        if vm.agent is not None and 'interfaces' not in vm.agent:
            mac = re.search(r'([0-9A-F]{2}(:[0-9A-F]{2}){5})', str(vm.config.get('net0', '')))
            vm.agent['interfaces'] = [interface('lo', '00:00:00:00:00:00', '127.0.0.1', 8)] + (
                [interface('eth0', mac.group(1).lower(), '192.0.2.{0}'.format(vm.vmid % 250), 24)] if mac else [])
        return await super()._agent_call(match, values)

    # ---------------------------------------------------- GAP: LXC and firewall

    async def _lxc_interfaces(self, user, v):
        """GAP: a container on DHCP never gets an address, and the provider waits 10 s for one in every read."""
        found = await super()._lxc_interfaces(user, v)
        for one in found or []:
            if one['name'] != 'lo' and not one['ip-addresses']:
                address = '10.0.{0}.{1}'.format(self.lease, int(v['vmid']) % 250)
                one['inet'] = address + '/24'
                one['ip-addresses'].append({'ip-address-type': 'inet', 'ip-address': address, 'prefix': '24'})
        return found

    async def _fw_rule_get(self, scope, v, user):
        """GAP: PVE sends `pos` of a single rule as a string, and the provider insists on it."""
        rule = await super()._fw_rule_get(scope, v, user)
        return dict(rule, pos=str(rule['pos']))


def expired(who):
    """Whether a user or a token has an end that is over."""
    return bool(who.get('expire')) and who['expire'] < time.time()


def one_list(values):
    """GAP: PVE takes a `delete` that is there several times for one list; the provider sends it so. Changes `values`."""
    if isinstance(values.get('delete'), list):
        values['delete'] = ','.join(values['delete'])
    return values


def furnish(pve):
    """The cluster as an administrator set it up: two nodes, a template, users that apply, check and witness, and alice."""
    pve.add_node('pve2')
    pve.storages['local']['content'] += ',snippets,import'
    pve.store_file('local', 'debian-12-standard_12.7-1_amd64.tar.zst', 100000000, 'vztmpl')
    # The least that lets the provider read everything: it asks each volume for its format, and tokens as their owner would.
    pve.roles['DriftCheck'] = {'VM.Audit', 'VM.Config.Disk', 'VM.GuestAgent.Audit', 'Datastore.Audit', 'Pool.Audit',
                               'Sys.Audit', 'User.Modify'}
    for user, token, secret, role in (
            ('terraform@pve', 'apply', 'aaaaaaaa-bbbb-cccc-dddd-eeeeeeeeeeee', 'Administrator'),
            ('drift@pve', 'check', '99999999-8888-7777-6666-555555555555', 'DriftCheck'),
            ('witness@pve', 'eyes', 'eeeeeeee-ffff-0000-1111-222222222222', 'PVEAuditor')):
        pve.accounts[user] = Account(enable=1, expire=0)
        pve.add_token(user, token, secret)
        for kind, who in (('user', user), ('token', '{0}!{1}'.format(user, token))):
            pve.entries.append({'path': '/', 'roleid': role, 'type': kind, 'ugid': who, 'propagate': 1})
    # What opens the cluster log, and not the nodes' journals.
    pve.roles['DriftLog'] = {'Sys.Syslog'}
    for kind, who in (('user', 'witness@pve'), ('token', 'witness@pve!eyes')):
        pve.entries.append({'path': '/', 'roleid': 'DriftLog', 'type': kind, 'ugid': who, 'propagate': 0})
    pve.accounts['alice@pve'] = Account(enable=1, expire=0)
    pve.entries.append({'path': '/', 'roleid': 'Administrator', 'type': 'user', 'ugid': 'alice@pve', 'propagate': 1})


async def main(directory):
    pve = PlayedPve(user='root@pam', password=secrets.token_hex(8), host='127.0.0.1', port=0)
    furnish(pve)
    control = Control(pve, Authority(directory))
    await control.start()
    app = web.Application()
    app.router.add_post('/', control.handle)
    runner = web.AppRunner(app)
    await runner.setup()
    await web.TCPSite(runner, '127.0.0.1', 0).start()
    print(json.dumps({'url': pve.url, 'control': 'http://127.0.0.1:{0}'.format(runner.addresses[0][1]),
                      'ca': os.path.abspath(control.authority.path)}), flush=True)
    # Whoever started it holds its stdin: it goes with them, however they end.
    reader = asyncio.StreamReader()
    await asyncio.get_running_loop().connect_read_pipe(lambda: asyncio.StreamReaderProtocol(reader), sys.stdin)
    await reader.read()


if __name__ == '__main__':
    asyncio.run(main(sys.argv[1]))
