# SPDX-License-Identifier: AGPL-3.0-or-later. This file extends fakepve, which has that license; tests run it, no release has it.
"""GAP: users, tokens, groups, roles and ACLs, which fakepve answers and does not keep."""
import re

from fakepve import server, shapes
from fakepve.routing import die, split_list
from rights import BUILT_IN, Account

# The secret of every token that is made here.
SECRET = '00000000-1111-2222-3333-444444444444'
# What an entry of the ACL may name (PVE::AccessControl::check_path).
NAME = r'/[\w.-]+'
ACL_PATH = re.compile(r'/|/access(/(groups|realm)(' + NAME + ')?)?|/(nodes|storage)(' + NAME + ')?|/pool(' + NAME + '){0,3}'
                      r'|/vms(/[1-9]\d{2,})?|/(sdn|mapping)(' + NAME + '){0,4}')


class AccessApi:
    """A mixin of the played Proxmox: what changes `rights.Access`, and what shows it."""

    def _access_routes(self):
        user, token = '/access/users/{userid}', '/access/users/{userid}/token/{tokenid}'
        role, group = '/access/roles/{roleid}', '/access/groups/{groupid}'
        return [
            ('GET', '/access/users', self._users), ('POST', '/access/users', self._user_create),
            ('GET', user, self._user), ('PUT', user, self._user_update), ('DELETE', user, self._user_delete),
            ('GET', user + '/token', self._tokens), ('GET', token, self._token),
            ('POST', token, self._token_create), ('PUT', token, self._token_update), ('DELETE', token, self._token_delete),
            ('GET', '/access/roles', self._roles), ('POST', '/access/roles', self._role_create),
            ('GET', role, self._role), ('PUT', role, self._role_update), ('DELETE', role, self._role_delete),
            ('GET', '/access/groups', self._groups), ('POST', '/access/groups', self._group_create),
            ('GET', group, self._group), ('PUT', group, self._group_update), ('DELETE', group, self._group_delete),
            ('GET', '/access/acl', self._acl), ('PUT', '/access/acl', self._acl_update),
        ]

    def _account(self, v):
        if v['userid'] not in self.accounts:
            raise die("no such user ('{0}')".format(v['userid']))
        return self.accounts[v['userid']]

    async def _users(self, v, user):
        """All, or the caller alone where it may not audit the groups; with `full` their tokens too."""
        own = user.split('!')[0]
        sees_all = any(self.allowed(user, '/access/groups', one) for one in ('Sys.Audit', 'User.Modify'))
        shown = [(name, account) for name, account in self.accounts.items() if sees_all or name == own]
        return [dict(account, userid=name, **({'tokens': self._listed(account)} if v.get('full') else {}))
                for name, account in shown]

    @staticmethod
    def _listed(account):
        return [dict(token, tokenid=name) for name, token in account.tokens.items()]

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
        return self._listed(self._account(v))

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
