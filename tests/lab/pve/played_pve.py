# SPDX-License-Identifier: AGPL-3.0-or-later. This file extends fakepve, which has that license; tests run it, no release has it.
"""A played Proxmox VE for the lab: fakepve with its gaps filled, faults on demand, and a control port.

    played_pve.py DIR

Serves the API over HTTPS and the control port over HTTP, both on free ports of 127.0.0.1, writes its CA and certificate to DIR
and one line of JSON to stdout when it answers: {"url", "control", "ca"}. It ends when its stdin does.

Each part marked GAP makes fakepve 0.5.0 answer as Proxmox VE does where bpg/proxmox 0.111.1 would misread it otherwise.
"""
import asyncio
import copy
import inspect
import json
import os
import re
import secrets
import ssl
import sys
import time

import aiohttp
import config_file
from aiohttp import web
from certificates import Authority
from fakepve import FakeCt, FakePve, FakeVm, qemu, server, shapes
from fakepve.model import PveError
from fakepve.routing import die, split_list
from rights import BUILT_IN, Account
from witnessed import Witnessed

API = server.API
# Who asks with this header is the control port: no fault meets it and no count knows it.
CONTROL = secrets.token_hex(16)
# The secret of every token that is made here.
SECRET = '00000000-1111-2222-3333-444444444444'
# What an entry of the ACL may name (PVE::AccessControl::check_path).
NAME = r'/[\w.-]+'
ACL_PATH = re.compile(r'/|/access(/(groups|realm)(' + NAME + ')?)?|/(nodes|storage)(' + NAME + ')?|/pool(' + NAME + '){0,3}'
                      r'|/vms(/[1-9]\d{2,})?|/(sdn|mapping)(' + NAME + '){0,4}')
# What a saved state leaves out: the server's own.
NOT_SAVED = ('runner', 'host', 'port', 'saved', 'faults', 'healed', 'count', 'in_flight', 'most_in_flight', 'requests', 'unmodeled',
             'tls', 'fingerprint', '_pids', '_ct_pids', '_random')


FakeVm.digest = lambda vm: config_file.digest('qemu', vm)
FakeCt.digest = lambda ct: config_file.digest('lxc', ct)


class PlayedPve(Witnessed, FakePve):
    def __init__(self, **kw):
        super().__init__(**kw)
        self.faults, self.count, self.in_flight, self.most_in_flight = [], {}, 0, 0
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
            return await handler(request)
        finally:
            self.in_flight -= 1

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

    # ----------------------------------------------------- GAP: users, roles, ACL

    def _routes_lab(self):
        user, token = '/access/users/{userid}', '/access/users/{userid}/token/{tokenid}'
        role, group, vm = '/access/roles/{roleid}', '/access/groups/{groupid}', '/nodes/{node}/qemu/{vmid}'
        routes = [
            ('GET', '/access/users', self._users), ('POST', '/access/users', self._user_create),
            ('GET', user, self._user), ('PUT', user, self._user_update), ('DELETE', user, self._user_delete),
            ('GET', user + '/token', self._tokens), ('GET', token, self._token),
            ('POST', token, self._token_create), ('PUT', token, self._token_update), ('DELETE', token, self._token_delete),
            ('GET', '/access/roles', self._roles), ('POST', '/access/roles', self._role_create),
            ('GET', role, self._role), ('PUT', role, self._role_update), ('DELETE', role, self._role_delete),
            ('GET', '/access/groups', self._groups), ('POST', '/access/groups', self._group_create),
            ('GET', group, self._group), ('PUT', group, self._group_update), ('DELETE', group, self._group_delete),
            ('GET', '/access/acl', self._acl), ('PUT', '/access/acl', self._acl_update),
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

    def _account(self, v):
        if v['userid'] not in self.accounts:
            raise die("no such user ('{0}')".format(v['userid']))
        return self.accounts[v['userid']]

    async def _users(self, v, user):
        return [dict(account, userid=name) for name, account in self.accounts.items()]

    async def _user_create(self, v, user):
        if v['userid'] in self.accounts:
            raise die("create user failed: user '{0}' already exists".format(v['userid']))
        realm = v['userid'].rpartition('@')[2]
        if realm not in ('pam', 'pve'):
            raise die("create user failed: auth domain '{0}' does not exist".format(realm))
        self._known_groups('create', v)
        self.accounts[v['userid']] = Account(enable=1, expire=0)
        self.users[v['userid']] = v.get('password')
        await self._user_update(v, user)

    async def _user(self, v, user):
        account = {k: x for k, x in self._account(v).items() if x not in ('', None)}
        return dict(account, groups=split_list(account.get('groups')), tokens={})

    def _known_groups(self, doing, v):
        for group in split_list(v.get('groups')):
            if group not in self.groups:
                raise die("{0} user failed: no such group '{1}'".format(doing, group))

    async def _user_update(self, v, user):
        self._known_groups('update', v)
        self._account(v).update({k: x for k, x in v.items() if k not in ('userid', 'password', 'append')})

    async def _user_delete(self, v, user):
        for name in self._account(v).tokens:
            del self.apitokens['{0}!{1}'.format(v['userid'], name)]
        self.users.pop(v['userid'], None)
        del self.accounts[v['userid']]
        self.entries = [e for e in self.entries if e['ugid'].split('!')[0] != v['userid']]

    def _named_token(self, v):
        tokens = self._account(v).tokens
        if v['tokenid'] not in tokens:
            raise die("no such token '{0}' for user '{1}'".format(v['tokenid'], v['userid']))
        return tokens[v['tokenid']]

    async def _tokens(self, v, user):
        return [dict(token, tokenid=name) for name, token in self._account(v).tokens.items()]

    async def _token(self, v, user):
        return self._named_token(v)

    def add_token(self, userid, name, secret, privsep=1, expire=0, comment=''):
        token = self.accounts[userid].tokens[name] = {'privsep': privsep, 'expire': expire, 'comment': comment}
        self.apitokens['{0}!{1}'.format(userid, name)] = secret
        return token

    async def _token_create(self, v, user):
        if v['tokenid'] in self._account(v).tokens:
            raise server.bad_request(tokenid='Token already exists.')
        fields = {k: v[k] for k in ('privsep', 'expire', 'comment') if v.get(k) is not None}
        token = self.add_token(v['userid'], v['tokenid'], SECRET, **fields)
        return {'full-tokenid': '{userid}!{tokenid}'.format(**v), 'value': SECRET, 'info': token}

    async def _token_update(self, v, user):
        token = self._named_token(v)
        token.update({k: v[k] for k in ('privsep', 'expire', 'comment') if v.get(k) is not None})
        return {'info': token}

    async def _token_delete(self, v, user):
        self._named_token(v)
        del self.accounts[v['userid']].tokens[v['tokenid']]
        del self.apitokens['{userid}!{tokenid}'.format(**v)]

    def _named_role(self, v):
        if v['roleid'] not in self.roles:
            raise die("role '{0}' does not exist".format(v['roleid']))
        return self.roles[v['roleid']]

    @staticmethod
    def _privileges(doing, v):
        for priv in split_list(v.get('privs')):
            if priv not in shapes.PRIVILEGES:
                raise die("{0} role failed: invalid privilege '{1}'".format(doing, priv))
        return set(split_list(v.get('privs')))

    @staticmethod
    def _not_built_in(v, done):
        if v['roleid'] in BUILT_IN:
            raise die("auto-generated role '{0}' cannot be {1}".format(v['roleid'], done))

    async def _roles(self, v, user):
        return [{'roleid': name, 'privs': ','.join(sorted(privs)), 'special': int(name in BUILT_IN)}
                for name, privs in sorted(self.roles.items())]

    async def _role_create(self, v, user):
        if v['roleid'] in self.roles:
            raise die("create role failed: role '{0}' already exists".format(v['roleid']))
        self.roles[v['roleid']] = self._privileges('create', v)

    async def _role(self, v, user):
        return dict.fromkeys(sorted(self._named_role(v)), 1)

    async def _role_update(self, v, user):
        self._not_built_in(v, 'modified')
        were = self._named_role(v)
        self.roles[v['roleid']] = self._privileges('update', v) | (were if v.get('append') else set())

    async def _role_delete(self, v, user):
        self._not_built_in(v, 'deleted')
        self._named_role(v)
        # PVE lets go of a role in use too, and then passes over the entries that name it.
        del self.roles[v['roleid']]
        self.entries = [e for e in self.entries if e['roleid'] != v['roleid']]

    async def _groups(self, v, user):
        return [{'groupid': name, 'comment': comment} for name, comment in self.groups.items()]

    async def _group_create(self, v, user):
        if v['groupid'] in self.groups:
            raise die("create group failed: group '{0}' already exists".format(v['groupid']))
        self.groups[v['groupid']] = v.get('comment', '')

    async def _group_update(self, v, user):
        self._named_group(v['groupid'])
        self.groups[v['groupid']] = v.get('comment', '')

    def _named_group(self, name):
        if name not in self.groups:
            raise die("group '{0}' does not exist".format(name))

    async def _group(self, v, user):
        self._named_group(v['groupid'])
        members = [n for n, a in self.accounts.items() if v['groupid'] in split_list(a.get('groups'))]
        return {'comment': self.groups[v['groupid']], 'members': members}

    async def _group_delete(self, v, user):
        await self._group(v, user)
        del self.groups[v['groupid']]

    async def _acl(self, v, user):
        # PVE shows what the caller may modify, unless they audit /access.
        whole = self.allowed(user, '/access', 'Sys.Audit')
        return [e for e in self.entries if whole or self.allowed(user, e['path'], 'Permissions.Modify')]

    async def _acl_update(self, v, user):
        kinds = (('users', 'user'), ('groups', 'group'), ('tokens', 'token'))
        if not any(v.get(param) for param, _ in kinds):
            raise server.bad_request(**{p: "either 'users', 'groups' or 'tokens' is required." for p, _ in kinds})
        if not v.get('delete') and not ACL_PATH.fullmatch(v['path']):
            raise server.bad_request(path="invalid ACL path '{0}'".format(v['path']))
        for role in split_list(v['roles']):
            self._named_role({'roleid': role})
        for param, kind in kinds:
            for who in split_list(v.get(param)):
                self._known(kind, who)
        for param, kind in kinds:
            for who in split_list(v.get(param)):
                for role in split_list(v['roles']):
                    entry = {'path': v['path'], 'roleid': role, 'type': kind, 'ugid': who}
                    self.entries = [e for e in self.entries if {k: e[k] for k in entry} != entry]
                    if not v.get('delete'):
                        self.entries.append(dict(entry, propagate=v.get('propagate', 1)))

    def _known(self, kind, who):
        """Raises PVE's error unless there is such a subject of an entry."""
        userid, _, tokenid = who.partition('!')
        if kind == 'group':
            self._named_group(who)
        elif kind == 'token':
            self._named_token({'userid': userid, 'tokenid': tokenid})
        elif who not in self.accounts:
            raise die("user '{0}' does not exist".format(who))

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
        return await self.migrate(vm.vmid, v['target'], user=user)

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


def interface(name, mac, address, prefix):
    """One interface as the guest agent tells of it."""
    return {'name': name, 'hardware-address': mac,
            'ip-addresses': [{'ip-address': address, 'ip-address-type': 'ipv4', 'prefix': prefix}]}


class Control:
    """The commands of the control port: POST / with {"do": NAME, ...} answers {"data"} or {"error"}."""

    def __init__(self, pve, authority):
        self.pve, self.authority = pve, authority
        self.certificate = authority.issue()

    async def handle(self, request):
        try:
            order = await request.json()
            command = getattr(self, 'do_' + order.pop('do').replace('-', '_'))
            data = command(**order)
            return web.json_response({'data': await data if inspect.isawaitable(data) else data})
        except Exception as e:  # noqa: BLE001 - whatever it is, the test that asked is to see it
            return web.json_response({'error': '{0}: {1}'.format(type(e).__name__, e)}, status=400)

    async def start(self):
        *files, self.pve.fingerprint = self.certificate
        await self.pve.start(*files)

    async def do_api(self, method, path, params=None, user='root@pam'):
        """A call of the API as a user or a token, as the web interface makes it."""
        answer = await self.do_ask(method, path, params, user)
        if answer['status'] != 200:
            raise RuntimeError('{status} {reason}: {0}'.format(answer['body'].get('errors') or '', **answer))
        data = answer['body']['data']
        if str(data).startswith('UPID:') and self.pve.tasks[data].get('exitstatus') != 'OK':
            raise RuntimeError(self.pve.tasks[data].get('exitstatus'))
        return data

    async def do_ask(self, method, path, params=None, user='root@pam'):
        """The same, with the answer as it is: status, reason, body."""
        headers = {'X-Lab-Control': CONTROL, 'X-Lab-User': user}
        how = {'params': params} if method == 'GET' else {'data': params}
        async with aiohttp.ClientSession(headers=headers) as session:
            async with session.request(method, self.pve.url + API + path, ssl=False, **how) as response:
                return {'status': response.status, 'reason': response.reason, 'body': await response.json()}

    def do_cluster(self, user_cfg, files=None, tasks=None, logged=()):
        """The cluster as texts say: user.cfg, guests' files by path, task files by node, and calls of the log. All secrets are one."""
        pve = self.pve
        pve.vms, pve.cts, pve.tasks, pve.tasklog = [], [], {}, []
        pve.forget_all()
        pve.read_user_cfg(user_cfg)
        pve.apitokens = {'{0}!{1}'.format(user, name): SECRET for user, account in pve.accounts.items() for name in account.tokens}
        for path, text in (files or {}).items():
            _, node, kind, name = path.split('/')
            pve.put_file('qemu' if kind == 'qemu-server' else 'lxc', node, int(name.split('.')[0]), text)
        pve.task_files = tasks or {}
        for line in logged:
            pve.log.add(**line)

    def do_certificate(self, authority=False):
        """A new certificate of the node, of the same CA or of another; who connects from now on meets it. Its fingerprint."""
        if authority:
            self.authority = Authority(self.authority.directory)
        self.certificate = self.authority.issue()
        *files, self.pve.fingerprint = self.certificate
        self.pve.tls.load_cert_chain(*files)
        return self.pve.fingerprint

    def do_fingerprint(self):
        return self.pve.fingerprint

    def do_lag(self, lags):
        """The list of guests stays as it is now, or follows again."""
        self.pve.lagging = copy.deepcopy((self.pve.vms, self.pve.cts)) if lags else None

    def do_snaptime(self, vmid, name, snaptime):
        """When a snapshot was taken, as if that were long ago."""
        self.pve.guest(vmid).snapshots[name]['snaptime'] = snaptime

    def do_log(self, **line):
        """Adds a line to the cluster log."""
        self.pve.log.add(**{'time': time.time(), **line})

    def do_save(self, name):
        self.pve.save(name)

    def do_load(self, name):
        self.pve.load(name)

    def do_fault(self, **fault):
        re.compile(fault['match'])
        self.pve.faults.append(fault)

    def do_heal(self):
        self.pve.heal()

    async def do_down(self):
        await self.pve.stop()

    async def do_up(self):
        if self.pve.runner is None:
            await self.start()

    def do_node(self, name, online):
        self.pve.set_node_offline(name, not online)

    def do_quorum(self, there):
        self.pve.quorate = there

    def do_lock(self, vmid, lock):
        self.pve.snapshot_lock(vmid, lock) if lock else self.pve.unlock(vmid)

    def do_agent(self, vmid, addresses):
        """What the guest agent tells from now on: {interface: address}; null where it does not answer."""
        vm = self.pve.vm(vmid)
        vm.agent_hangs = addresses is None
        vm.agent = {'interfaces': [interface(n, 'bc:24:11:00:00:0{0}'.format(i), a, 24)
                                   for i, (n, a) in enumerate((addresses or {}).items())]}

    def do_lease(self, subnet):
        """Containers on DHCP have addresses of 10.0.SUBNET.0/24 from now on."""
        self.pve.lease = subnet

    def do_count(self, reset=False):
        pve = self.pve
        told = {'requests': dict(pve.count), 'mostInFlight': pve.most_in_flight, 'unmodeled': list(pve.unmodeled)}
        if reset:
            pve.count, pve.most_in_flight, pve.unmodeled = {}, pve.in_flight, []
        return told


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
