# SPDX-License-Identifier: AGPL-3.0-or-later. This file extends fakepve, which has that license; tests run it, no release has it.
"""Who may do what: users, tokens, groups, roles, pools and ACLs, as PVE::AccessControl and PVE::RPCEnvironment have it.

Tests hold it against answers of that code (tests/fixtures/pve-api/permissions).
"""
from fakepve import shapes
from fakepve.routing import split_list

# Roles of PVE that fakepve lacks, as far as the fixtures show them.
BUILT_IN = {name: set(privileges) for name, privileges in shapes.ROLES.items()}
BUILT_IN['PVEVMUser'] = {'VM.Audit', 'VM.Backup', 'VM.Config.CDROM', 'VM.Config.Cloudinit', 'VM.Console',
                         'VM.GuestAgent.Audit', 'VM.GuestAgent.FileRead', 'VM.GuestAgent.FileSystemMgmt',
                         'VM.GuestAgent.FileWrite', 'VM.PowerMgmt'}
BUILT_IN['PVEAdmin'] = set(shapes.PRIVILEGES) - {'Permissions.Modify', 'Realm.Allocate', 'Sys.AccessNetwork', 'Sys.Incoming',
                                                 'Sys.Modify', 'Sys.PowerMgmt'}
# Paths that the whole map of a user names in any case.
ALWAYS = ('/', '/access', '/access/groups', '/nodes', '/pool', '/sdn', '/storage', '/vms')


class Account(dict):
    """A user as `PUT /access/users` has it, with its tokens beside."""

    def __init__(self, **fields):
        super().__init__(fields)
        self.tokens = {}


class Access:
    """What the access rights of a cluster follow from; a mixin of the played Proxmox, which has `pools` and `pool_info`."""

    def forget_access(self):
        """Leaves root alone, and no ACL."""
        self.accounts = {'root@pam': Account(enable=1, expire=0)}
        self.roles = {name: set(privileges) for name, privileges in BUILT_IN.items()}
        self.groups = {}
        self.entries = []  # of the ACL: path, roleid, type, ugid, propagate

    def token_of(self, who):
        """The token that `who` names; None where it names a user, or nothing."""
        owner, _, name = who.partition('!')
        return self.accounts.get(owner, Account()).tokens.get(name) if name else None

    def roles_on(self, who, path):
        """PVE::AccessControl::roles: role to propagate; pools are left aside. The entry nearest to the path counts."""
        owner, _, name = who.partition('!')
        if who == 'root@pam':
            return {'Administrator': 1}
        if name:
            token = self.token_of(who)
            if token is None:
                return {}
            if not token['privsep']:
                return self.roles_on(owner, path)
        groups = split_list(self.accounts.get(who, {}).get('groups'))
        found, parts = {}, [part for part in path.split('/') if part]
        for depth in range(len(parts) + 1):
            here, is_final = '/' + '/'.join(parts[:depth]), depth == len(parts)
            # On one path an entry of the user itself takes the place of those of its groups.
            for names in ([('token' if name else 'user', who)], [('group', group) for group in groups]):
                roles = {entry['roleid']: int(entry['propagate']) for entry in self.entries if entry['path'] == here
                         and (entry['type'], entry['ugid']) in names and (entry['propagate'] or is_final)}
                if roles:
                    found = roles
                    break
        return {'NoAccess': found['NoAccess']} if 'NoAccess' in found else found

    def _pools_of(self, path):
        """The pools that a guest or a storage is in."""
        kind, _, name = path.strip('/').partition('/')
        if kind == 'vms':
            return [pool for pool, ids in self.pools.items() if name in map(str, ids)]
        return [pool for pool, info in self.pool_info.items() if kind == 'storage' and name in info['storage']]

    def _compiled(self, who, path):
        """PVE::RPCEnvironment::compile_acl_path: privilege to propagate; roles by a pool come to it, and do not propagate."""
        roles = dict(self.roles_on(who, path))
        if 'NoAccess' not in roles:
            for pool in self._pools_of(path):
                by_pool = self.roles_on(who, '/pool/' + pool)
                if 'NoAccess' in by_pool:
                    roles = {'NoAccess': 0}
                    break
                roles = {**dict.fromkeys(by_pool, 0), **roles}
        held = {}
        for role, propagate in roles.items():
            for privilege in self.roles.get(role, ()):
                held[privilege] = held.get(privilege) or propagate
        return held

    def permissions_on(self, who, path):
        """Privilege to propagate. A separated token holds what its user holds too."""
        owner, _, name = who.partition('!')
        held = self._compiled(who, path)
        token = self.token_of(who)
        if token and token['privsep']:
            of_user = self._compiled(owner, path)
            held = {one: int(bool(flag and of_user[one])) for one, flag in held.items() if one in of_user}
        return held

    def permission_map(self, who):
        """All paths of which anything is said, and where `who` holds anything."""
        paths = {*ALWAYS, *(entry['path'] for entry in self.entries)}
        paths |= {'/vms/{0}'.format(vmid) for ids in self.pools.values() for vmid in ids}
        paths |= {'/storage/' + one for info in self.pool_info.values() for one in info['storage']}
        held = {path: self.permissions_on(who, path) for path in sorted(paths)}
        return {path: privileges for path, privileges in held.items() if privileges}

    def read_user_cfg(self, text):
        """Takes users, tokens, groups, roles, pools and ACLs from a text as /etc/pve/user.cfg has it."""
        self.forget_access()
        self.pools, self.pool_info = {}, {}
        for line in filter(None, text.splitlines()):
            kind, *fields = line.split(':')
            getattr(self, '_cfg_' + kind)(*fields)

    def _cfg_user(self, name, enable, expire, *_):
        self.accounts[name] = Account(enable=int(enable), expire=int(expire))

    def _cfg_token(self, full, expire, privsep, *_):
        owner, _, name = full.partition('!')
        self.accounts[owner].tokens[name] = {'privsep': int(privsep), 'expire': int(expire), 'comment': ''}

    def _cfg_group(self, name, users, comment, *_):
        self.groups[name] = comment
        for user in split_list(users):
            groups = split_list(self.accounts[user].get('groups'))
            self.accounts[user]['groups'] = ','.join([*groups, name])

    def _cfg_pool(self, name, comment, vms, storages, *_):
        self.pools[name] = {int(one) for one in split_list(vms)}
        self.pool_info[name] = {'comment': comment or None, 'storage': set(split_list(storages))}

    def _cfg_role(self, name, privileges, *_):
        self.roles[name] = set(split_list(privileges))

    def _cfg_acl(self, propagate, path, subjects, roles, *_):
        for who in split_list(subjects):
            kind = 'group' if who.startswith('@') else 'token' if '!' in who else 'user'
            for role in split_list(roles):
                self.entries.append({'path': path, 'roleid': role, 'type': kind, 'ugid': who.lstrip('@'),
                                     'propagate': int(propagate)})
