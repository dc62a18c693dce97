# SPDX-License-Identifier: AGPL-3.0-or-later. This file extends fakepve, which has that license; tests run it, no release has it.
"""The cluster log: one ring for the whole cluster, of which `GET /cluster/log` shows the newest lines.

Follows the logger of pmxcfs, which writes JSON by hand, and PVE::API2::Cluster, which reads it; tests hold it against answers
of that code (tests/fixtures/pve-api/log).
"""
import json

from fakepve.model import PveError

# A ring of 128 KiB holds about so many.
ENTRIES = 600
# An entry is at most 4 KiB, its header and the other texts included.
ENTRY_BYTES, HEADER_BYTES = 4096, 54
PRIORITIES = {'err': 3, 'warning': 4, 'info': 6}


def escaped(text):
    """Text as the logger puts it into JSON: a backslash stays as it is, and a character beyond U+FFFF breaks."""
    out = []
    for char in text:
        code = ord(char)
        if char == '"':
            out.append('\\"')
        elif code < 0x20 or code == 0x7f:
            out.append('#{0:03d}'.format(code))
        else:
            out.append(char if code < 0x80 else '\\u{0:04x}'.format(code))
    return ''.join(out)


class ClusterLog:
    """The lines, oldest first."""

    def __init__(self):
        self.lines, self.uid = [], 0

    def add(self, message, node, user, time, pid=1001, tag='pvedaemon', priority='info'):
        self.uid += 1
        room = ENTRY_BYTES - HEADER_BYTES - len(node) - len(user) - len(tag)
        self.lines.append({'uid': self.uid, 'time': int(time), 'pri': PRIORITIES[priority], 'tag': tag, 'pid': pid, 'node': node,
                           'user': user, 'msg': escaped(message or 'empty message')[:room]})
        del self.lines[:-ENTRIES]

    def view(self, user, limit):
        """The newest lines, of one user or of all (""); 500 where one holds a backslash that makes no JSON."""
        shown = [line for line in reversed(self.lines) if user in ('', line['user'])][:limit or 50]
        text = '{\n"data": [\n' + ',\n'.join(map(self._json, shown)) + ('\n' if shown else '') + ']\n}\n'
        try:
            entries = json.loads(text)['data']
        except json.JSONDecodeError as e:
            raise PveError(500, 'illegal backslash escape sequence in string, at character offset {0} (before "{1}") '
                                'at /usr/share/perl5/PVE/API2/Cluster.pm line 229.'.format(e.pos, excerpt(text[e.pos:]))) from e
        return [dict(entry, uid=str(entry['uid']), id='{uid}:{node}'.format(**entry)) for entry in entries]

    @staticmethod
    def _json(line):
        return '{{"uid": {uid}, "time": {time}, "pri": {pri}, "tag": "{tag}", "pid": {pid}, "node": "{node}", "user": "{user}", ' \
               '"msg": "{msg}"}}'.format(**line)


def excerpt(text):
    """As much of a text as Perl shows in an error."""
    shown = ''
    for char in text:
        if len(shown) >= 20:
            return shown + '...'
        shown += {'\\': '\\\\', '\n': '\\n'}.get(char, char)
    return shown
