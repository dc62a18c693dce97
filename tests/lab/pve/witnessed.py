# SPDX-License-Identifier: AGPL-3.0-or-later. This file extends fakepve, which has that license; tests run it, no release has it.
"""What a second witness asks of Proxmox VE, answered from the guests, tasks and rights that the played Proxmox keeps.

fakepve invents objects where it does not model a path; here such a call is refused with 501 and counted, so that the test
that made it fails.
"""
import copy

import cluster_log
import config_file
import task_files
from aiohttp import web
from fakepve import server
from fakepve.model import PveError
from fakepve.routing import die
from fakepve.server import USER
from rights import Access

QEMU, LXC = '/nodes/{node}/qemu/{vmid}', '/nodes/{node}/lxc/{vmid}'
NODE_TASKS = '/nodes/{node}/tasks'
# Parameters of a change that its line in the cluster log does not name.
UNLOGGED = ('node', 'vmid', 'skiplock', 'background_delay', 'force')


def sid_of(guest):
    """How the HA manager calls a guest, `vm:101` or `ct:201`, by its id in the cluster's list."""
    kind, _, number = guest.partition('/')
    return '{0}:{1}'.format('vm' if kind == 'qemu' else 'ct', number)


class Witnessed(Access):
    """A mixin of the played Proxmox, in front of fakepve's own classes."""

    def forget_all(self):
        """Nothing has happened, and nobody but root is known."""
        self.forget_access()
        self.log, self.task_files, self.lagging, self.unmodeled = cluster_log.ClusterLog(), {}, None, []
        self.fingerprint = None

    # ---------------------------------------------------------------- guests

    def put_file(self, kind, node, vmid, text):
        """Places a guest's configuration file, as an administrator with an editor does."""
        found = config_file.parse(kind, text)
        add = self.add_vm if kind == 'qemu' else self.add_ct
        name = found.config.get('name' if kind == 'qemu' else 'hostname', '')
        guest = add(vmid, name, node=node)
        guest.config, guest.pending, guest.snapshots = found.config, found.pending, found.snapshots
        guest.forced, guest.cloudinit = found.forced, found.cloudinit
        guest.file = (text, copy.deepcopy([guest.config, guest.pending, guest.snapshots]))

    async def _config_get(self, request):
        return await self._stateful_handler(QEMU + '/config', lambda v, user: self._config_of('qemu', v, user))(request)

    async def _pending(self, request):
        return await self._stateful_handler(QEMU + '/pending', lambda v, user: self._pending_of('qemu', v, user))(request)

    async def _lxc_config_get(self, user, v):
        return await self._config_of('lxc', v, user)

    async def _lxc_pending(self, user, v):
        return await self._pending_of('lxc', v, user)

    async def _qm_snapshot_list(self, v, user):
        return config_file.snapshots_view('qemu', self.find(v['node'], v['vmid']))

    async def _lxc_snapshot_list(self, user, v):
        return config_file.snapshots_view('lxc', self._find_ct(v['node'], v['vmid']))

    def _readable(self, kind, v, user):
        guest = self.find(v['node'], v['vmid']) if kind == 'qemu' else self._find_ct(v['node'], v['vmid'])
        if 'env' in guest.config:
            # pve-container passes `any` where `noerr` was meant: who may only audit is refused.
            self.require(user, '/vms/{0}'.format(guest.vmid), 'VM.Config.Options')
        return guest

    async def _config_of(self, kind, v, user):
        guest = self._readable(kind, v, user)
        snapshot, current = v.get('snapshot'), v.get('current')
        if snapshot and current:
            text = "cannot use 'snapshot' parameter with 'current'"
            raise server.bad_request(snapshot=text, current=text)
        if snapshot and snapshot not in guest.snapshots:
            raise die("snapshot '{0}' does not exist".format(snapshot))
        return config_file.config_view(kind, guest, current, snapshot)

    async def _pending_of(self, kind, v, user):
        return config_file.pending_view(kind, self._readable(kind, v, user))

    # --------------------------------------------------------------- cluster

    async def _resources(self, request):
        """The list comes from memory, which may lag; a pool is shown to who may audit it."""
        now = self.vms, self.cts
        if self.lagging:
            self.vms, self.cts = self.lagging
        try:
            answer = await super()._resources(request)
        finally:
            self.vms, self.cts = now
        data = server.json.loads(answer.text)['data']
        for item in data:
            managed = self.kept['/cluster/ha/resources'].get(sid_of(item['id'])) if 'vmid' in item else None
            if managed is not None:
                item['hastate'] = managed.get('state', 'started')
            if 'pool' in item and not self.allowed(request[USER], '/pool/' + item['pool'], 'Pool.Audit'):
                del item['pool']
        return server.ok(data)

    async def _cluster_status(self, request):
        self.require(request[USER], '/', 'Sys.Audit')
        answer = await super()._cluster_status(request)
        # A node that is in no cluster tells of itself alone.
        return answer if len(self.nodes) > 1 else server.ok(server.json.loads(answer.text)['data'][1:])

    async def _nodes(self, request):
        data = server.json.loads((await super()._nodes(request)).text)['data']
        return server.ok([dict(node, ssl_fingerprint=self.fingerprint or node['ssl_fingerprint']) for node in data])

    async def _permissions(self, v, user):
        who, path = v.get('userid') or user, v.get('path')
        if who != user and who.split('!')[0] != user:
            self.require(user, '/access', 'Sys.Audit')
        return self.permission_map(who) if path is None else {path: self.permissions_on(who, path)}

    async def _cluster_log(self, v, user):
        is_privileged = self.allowed(user, '/', 'Sys.Syslog')
        return self.log.view('' if is_privileged else user, v.get('max'))

    # ----------------------------------------------------------------- tasks

    def _files_of(self, node):
        """The task files of a node: what was put there, and what has run here since."""
        index, active = [], []
        for record in self.tasklog:
            if record['node'] == node:
                ended, listed = task_files.lines_of(record)
                index += [ended] if ended else []
                active.insert(0, listed)
        put = self.task_files.get(node, {})
        return dict(put, index=(put.get('index') or '') + ''.join(line + '\n' for line in index),
                    active='\n'.join([*active, put.get('active') or '']))

    async def _task_list(self, request):
        """The one list beside which PVE sends a total, none where nothing is found."""
        found = []

        async def call(v, user):
            audits = self.allowed(user, '/nodes/' + v['node'], 'Sys.Audit')
            found.append(task_files.node_tasks(self._files_of(v['node']), user, audits, v))
        await self._stateful_handler(NODE_TASKS, call)(request)
        data, total = found[0]
        return web.json_response({'data': data, **({'total': total} if total else {})})

    async def _cluster_tasks(self, v, user):
        texts = {node: self._files_of(node)['active'] for node in self.nodes}
        return task_files.cluster_tasks(texts, user, self.allowed(user, '/', 'Sys.Audit'))

    async def task(self, node, ttype, tid, user, body, vm=None, lock=True, log=()):
        """Each task's start and end are lines of the cluster log."""
        count = len(self.tasklog)

        async def logged():
            self.note(node, user, 'starting task ' + self.tasklog[count]['upid'])
            return await body()
        upid = await super().task(node, ttype, tid, user, logged, vm=vm, lock=lock, log=log)
        record = self.tasks[upid]
        status = record.get('exitstatus', 'OK')
        self.note(node, user, 'end task {0} {1}'.format(upid, status), 'info' if status == 'OK' else 'err')
        return upid

    # ---------------------------------------------------------- cluster log

    def note(self, node, user, message, priority='info'):
        self.log.add(message, node, user, server.time.time(), priority=priority)

    async def _config_put(self, request):
        """A VM's line is written before the change is tried. A container's change leaves none."""
        await self._log_update(request)
        return await super()._config_put(request)

    async def _config_post(self, request):
        await self._log_update(request)
        return await super()._config_post(request)

    async def _log_update(self, request):
        given = await server.params(request)
        words = ['-{0} {1}'.format(k, '<hidden>' if k == 'cipassword' else v if not isinstance(v, list) else ','.join(v))
                 for k, v in sorted(given.items()) if k not in UNLOGGED]
        node, vmid = request.match_info['node'], request.match_info['vmid']
        self.note(node, request[USER], 'update VM {0}: {1}'.format(vmid, ' '.join(words)))

    async def _qm_snapshot(self, v, user):
        self.note(v['node'], user, 'snapshot VM {vmid}: {snapname}'.format(**v))
        return await super()._qm_snapshot(v, user)

    async def _lxc_snapshot(self, user, v):
        self.note(v['node'], user, 'snapshot container {vmid}: {snapname}'.format(**v))
        return await super()._lxc_snapshot(user, v)

    # ------------------------------------------------------------ destroying

    async def _qm_destroy(self, v, user):
        upid = await super()._qm_destroy(v, user)
        self._forget_guest(v['vmid'])
        return upid

    def _drop(self, ct):
        super()._drop(ct)
        self._forget_guest(ct.vmid)

    def _forget_guest(self, vmid):
        """PVE::AccessControl::remove_vm_access: ACLs on a guest go with it. fakepve takes it out of its pool."""
        if self.guest(int(vmid)) is None:
            self.entries = [entry for entry in self.entries if entry['path'] != '/vms/{0}'.format(vmid)]

    # ---------------------------------------------------------------- routes

    def _routes_witness(self):
        """What fakepve has no handler for. Where it has one, a method above takes its place by its name."""
        ha = '/cluster/ha/'
        return [('GET', '/cluster/log', self._cluster_log), ('GET', '/cluster/tasks', self._cluster_tasks),
                ('GET', ha + 'status/current', self._ha_status), ('GET', ha + 'rules', self._nothing),
                ('GET', ha + 'groups', self._ha_groups), ('GET', '/cluster/replication', self._nothing)]

    async def _nothing(self, v, user):
        return []

    async def _ha_groups(self, v, user):
        raise die('cannot index groups: ha groups have been migrated to rules')

    def ha_of(self, guest):
        """What the HA manager was told of a guest; None where it does not manage it."""
        return self.kept['/cluster/ha/resources'].get(sid_of(guest.guest))

    async def _ha_status(self, v, user):
        quorum = {'id': 'quorum', 'type': 'quorum', 'node': sorted(self.nodes)[0], 'quorate': int(self.quorate),
                  'status': 'OK' if self.quorate else 'No quorum on node \'{0}\'!'.format(sorted(self.nodes)[0])}
        services = [dict(fields, id='service:' + sid, sid=sid, type='service',
                         node=getattr(self.guest(int(sid.split(':')[1])), 'node', None))
                    for sid, fields in sorted(self.kept['/cluster/ha/resources'].items())]
        return [quorum, *services]

    async def synthesise(self, match, method, info, user, values):
        """Refuses what nothing here models, where fakepve would make something up."""
        call = '{0} {1}'.format(method, match.template)
        self.unmodeled.append(call)
        raise PveError(501, 'The played Proxmox does not model {0}'.format(call))
