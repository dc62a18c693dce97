# SPDX-License-Identifier: AGPL-3.0-or-later. This file extends fakepve, which has that license; tests run it, no release has it.
"""The control port of the played Proxmox, by which tests change what no caller of the API could, and count."""
import copy
import inspect
import re
import secrets
import time

import aiohttp
from access_api import SECRET
from aiohttp import web
from certificates import Authority
from fakepve import server

# Who asks with this header is the control port: no fault meets it and no count knows it.
CONTROL = secrets.token_hex(16)


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
            async with session.request(method, self.pve.url + server.API + path, ssl=False, **how) as response:
                return {'status': response.status, 'reason': response.reason, 'body': await response.json()}

    def do_cluster(self, user_cfg, files=None, tasks=None, logged=()):
        """The cluster as texts say: user.cfg, guests' files by path, task files by node, and calls of the log."""
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
        """What the guest agent tells from now on: {interface: address}; null where it does not answer. eth0 is net0."""
        vm = self.pve.vm(vmid)
        card = re.search(r'(?:[0-9A-F]{2}:){5}[0-9A-F]{2}', str(vm.config.get('net0', '')))
        vm.agent_hangs = addresses is None
        vm.agent = {'interfaces': [interface(n, card[0].lower() if card and n == 'eth0' else 'bc:24:11:00:00:0{0}'.format(i), a, 24)
                                   for i, (n, a) in enumerate((addresses or {}).items())]}

    def do_lease(self, subnet):
        """Containers on DHCP have addresses of 10.0.SUBNET.0/24 from now on."""
        self.pve.lease = subnet

    def do_count(self, reset=False):
        pve = self.pve
        by = {token: {'requests': asked.requests, 'mostInFlight': asked.most_in_flight, 'bytes': asked.bytes}
              for token, asked in pve.askers.items()}
        told = {'requests': dict(pve.count), 'mostInFlight': pve.most_in_flight, 'by': by, 'unmodeled': list(pve.unmodeled)}
        if reset:
            pve.count, pve.most_in_flight, pve.unmodeled, pve.askers = {}, pve.in_flight, [], {}
        return told
