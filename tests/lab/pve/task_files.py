# SPDX-License-Identifier: AGPL-3.0-or-later. This file extends fakepve, which has that license; tests run it, no release has it.
"""The task files of a node (index, index.1, active), and what the API reads from them.

Follows PVE::API2::Tasks, PVE::RPCEnvironment and PVE::Tools::upid_decode; tests hold it against answers of that code
(tests/fixtures/pve-api/tasks).
"""
import re

from fakepve.routing import param_error, split_list

UPID = re.compile(r'UPID:([a-zA-Z0-9](?:[a-zA-Z0-9-]*[a-zA-Z0-9])?):([0-9A-Fa-f]{8}):([0-9A-Fa-f]{8,9}):([0-9A-Fa-f]{8})'
                  r':([^:\s/]+):([^:\s/]*):([^:\s/]+):')
INDEX_LINE = re.compile(r'(\S+)(?:\s([0-9A-Za-z]{8})(?:\s(\S.*))?)?')
ACTIVE_LINE = re.compile(r'(\S+)\s([01])(?:\s([0-9A-Za-z]{8})(?:\s(\S.*))?)?')
STATUS_TYPES = ('ok', 'error', 'warning', 'unknown')
# At most as many finished tasks as a node tells its cluster of.
BROADCAST = 25


def lines_of(record):
    """A task of the played Proxmox as a line of the index (None while it runs) and one of the active list."""
    if record['status'] == 'running':
        return None, record['upid'] + ' 0'
    end = '{0:08X} {1}'.format(record['endtime'], record['exitstatus'])
    return '{0} {1}'.format(record['upid'], end), '{0} 1 {1}'.format(record['upid'], end)


def _decoded(upid):
    parts = UPID.fullmatch(upid)
    if not parts:
        return None
    node, pid, pstart, start, kind, of, user = parts.groups()
    return {'upid': upid, 'node': node, 'pid': int(pid, 16), 'pstart': int(pstart, 16), 'starttime': int(start, 16),
            'type': kind, 'id': of, 'user': user}


def _ended(task, endtime, status):
    return dict(task, **({'endtime': int(endtime, 16)} if endtime else {}), **({'status': status} if status else {}))


def split_user(task):
    user, _, token = task['user'].partition('!')
    return dict(task, user=user, tokenid=token) if token else task


def archived(text):
    """Finished tasks of an index, the newest first, with the token apart from its user. A line that cannot be read is none."""
    for line in reversed((text or '').split('\n')):
        found = INDEX_LINE.fullmatch(line)
        task = found and _decoded(found.group(1))
        if task:
            yield split_user(_ended(task, found.group(2), found.group(3)))


def active(text):
    """Tasks of an active list as they stand in it; `saved` is text."""
    for line in (text or '').split('\n'):
        found = ACTIVE_LINE.fullmatch(line)
        task = found and _decoded(found.group(1))
        if task:
            yield dict(_ended(task, found.group(3), found.group(4)), saved=found.group(2))


def status_type(status):
    """PVE::Tools::upid_normalize_status_type."""
    if not status or status in ('unexpected status', 'RUNNING'):
        return 'unknown'
    if status == 'OK':
        return 'ok'
    return 'warning' if re.fullmatch(r'WARNINGS: \d+', status) else 'error'


def node_tasks(files, user, audits, query):
    """`GET /nodes/N/tasks`: tasks that `user` may see and `query` lets through, and how many there are in all."""
    for one in split_list(query.get('statusfilter')):
        if one not in STATUS_TYPES:
            raise param_error(statusfilter="invalid format - invalid status '{0}'\n".format(one))
    source = query.get('source', 'archive')
    found = []
    if source in ('active', 'all'):
        running = [task for task in active(files.get('active')) if task['saved'] == '0']
        found += [dict(task, status=task.get('status', 'RUNNING')) for task in running]
    if source in ('archive', 'all'):
        for part in ('index', 'index_1'):
            found += archived(files.get(part))
    found = [task for task in found if (audits or _is_owner(user, task)) and _passes(task, query)]
    start = query.get('start', 0)
    return found[start:start + query.get('limit', 50)], len(found)


def _is_owner(user, task):
    return user in (task['user'], '{0}!{1}'.format(task['user'], task.get('tokenid')))


def _passes(task, query):
    wanted = split_list(query.get('statusfilter'))
    if query.get('errors'):
        wanted = ['warning', 'unknown', 'error']
    return all((
        query.get('vmid') is None or task['id'] == str(query['vmid']),
        query.get('typefilter') is None or task['type'] == query['typefilter'],
        query.get('userfilter') is None or query['userfilter'].lower() in task['user'].lower(),
        query.get('since') is None or task['starttime'] >= query['since'],
        query.get('until') is None or task['starttime'] <= query['until'],
        not wanted or status_type(task.get('status')) in wanted,
    ))


def broadcast(text):
    """What a node tells its cluster of an active list: what runs first, then what ended last, with fewer fields."""
    tasks = list(active(text))
    running = [task for task in tasks if 'endtime' not in task]
    ended = sorted((task for task in tasks if 'endtime' in task), key=lambda task: -task['starttime'])
    told = running + ended[:max(0, BROADCAST - len(running))]
    return [{k: v for k, v in task.items() if k != 'pstart' and (k != 'pid' or 'endtime' not in task)} for task in told]


def cluster_tasks(texts, user, audits):
    """`GET /cluster/tasks`, of each node's active list."""
    told = [split_user(task) for _, text in sorted(texts.items()) for task in broadcast(text)]
    # Without Sys.Audit only a user's own are told, those of its tokens too: a token is no user, and is told of none.
    return [task for task in told if audits or task['user'] == user]
