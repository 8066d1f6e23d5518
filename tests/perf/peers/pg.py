#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""PostgreSQL's pg_trgm in a cluster of its own, reached over its socket alone.  usage: pg.py FOLDER

pg_gin   a GIN index, names with similarity of 0.3 or more (the extension's default), ranked by it
pg_gist  a GiST index of signatures of 64 bytes, the ten nearest names

The loop over the questions runs in the server, with prepared plans, so that no client's time is in the figures.  CPU
time is that of the one backend."""
import atexit, glob, os, pathlib, pwd, shutil, subprocess, sys, tempfile, time
import peer

SETTINGS = {"listen_addresses": "", "shared_buffers": "2GB", "work_mem": "256MB", "maintenance_work_mem": "1GB",
            "effective_cache_size": "8GB", "max_parallel_workers_per_gather": "0", "max_parallel_maintenance_workers": "0",
            "jit": "off", "random_page_cost": "1.1", "enable_seqscan": "off", "plan_cache_mode": "force_generic_plan",
            "fsync": "off", "full_page_writes": "off", "synchronous_commit": "off", "autovacuum": "off",
            "max_wal_size": "8GB", "wal_level": "minimal", "max_wal_senders": "0"}
INDEX = {"pg_gin": "gin (name gin_trgm_ops)", "pg_gist": "gist (name gist_trgm_ops(siglen = 64))"}
FIND = {
    "pg_gin": "SELECT r_ord, n.entity, max(similarity(n.name, r_name)) AS s FROM {table} n WHERE n.name % r_name "
              "GROUP BY n.entity ORDER BY s DESC LIMIT 10",
    "pg_gist": "SELECT r_ord, n.entity, (1 - (n.name <-> r_name))::real FROM {table} n "
               "ORDER BY n.name <-> r_name LIMIT 10",
}
FUNCTION = """
CREATE FUNCTION ask_{method}(seconds float8) RETURNS TABLE(q int, e int, s real) LANGUAGE plpgsql AS $$
DECLARE r_ord int; r_type text; r_name text; n int := 0; t0 timestamptz := clock_timestamp();
BEGIN
	FOR r_ord, r_type, r_name IN SELECT ord, type, name FROM queries ORDER BY ord LOOP
		IF r_type = 'org' THEN RETURN QUERY {org}; ELSE RETURN QUERY {person}; END IF;
		n := n + 1;
		EXIT WHEN seconds > 0 AND extract(epoch FROM clock_timestamp() - t0) > seconds;
	END LOOP;
	RETURN QUERY SELECT -1, n, extract(epoch FROM clock_timestamp() - t0)::real;
END $$;"""


def programs():
    found = [shutil.which("postgres")] + sorted(glob.glob("/usr/lib/postgresql/*/bin/postgres"))
    found = [p for p in found if p]
    if not found:
        sys.exit("pg: no PostgreSQL server; tools/deps bench-match installs one")
    return pathlib.Path(os.path.realpath(found[-1])).parent


class Server:
    """initdb refuses root: as root, all of it runs as the user postgres."""

    def __init__(self, folder):
        self.bin = programs()
        self.as_user = ["setpriv", "--pdeathsig", "INT"]
        self.top = pathlib.Path(folder).resolve() / "pg"
        shutil.rmtree(self.top, ignore_errors=True)
        self.top.mkdir()
        if os.geteuid() == 0:
            user = pwd.getpwnam("postgres")
            self.as_user += ["--reuid", str(user.pw_uid), "--regid", str(user.pw_gid), "--clear-groups", "--"]
        self.socket = tempfile.mkdtemp(prefix="entente-pg.")  # a socket's path is short
        if os.geteuid() == 0:
            for folder in (self.top, self.socket):
                os.chown(folder, user.pw_uid, user.pw_gid)
        self.log = open(self.top / "log", "w")
        self.run("initdb", "-D", self.top / "data", "-U", "bench", "-A", "trust", "-E", "UTF8", "--locale=C", "-N")
        options = [x for k, v in SETTINGS.items() for x in ("-c", f"{k}={v}")]
        self.process = subprocess.Popen(self.as_user + [self.bin / "postgres", "-D", self.top / "data", "-k", self.socket,
                                                        *options], stdout=self.log, stderr=self.log, cwd=self.top)
        atexit.register(self.stop)
        for _ in range(300):
            if subprocess.run([self.bin / "pg_isready", "-q", "-h", self.socket]).returncode == 0:
                break
            time.sleep(0.1)
        self.psql = subprocess.Popen(["psql", "-XqAt", "-v", "ON_ERROR_STOP=1", "-h", self.socket, "-U", "bench", "postgres"],
                                     stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=self.log, text=True)
        self.pid = int(self.sql("SELECT pg_backend_pid();")[0])

    def run(self, name, *args):
        done = subprocess.run(self.as_user + [self.bin / name, *args], stdout=self.log, stderr=self.log, cwd=self.top)
        if done.returncode != 0:
            sys.exit(f"pg: {name} failed: {self.top}/log (can the user postgres reach {self.top}?)")

    def sql(self, text):
        self.psql.stdin.write(text + "\n\\echo =done=\n")
        self.psql.stdin.flush()
        out = []
        for line in self.psql.stdout:
            if line == "=done=\n":
                return out
            out.append(line.rstrip("\n"))
        sys.exit(f"pg: {pathlib.Path(self.top / 'log').read_text()[-600:]}")

    def cpu(self):
        """Seconds the backend was on a core; the ticks of /proc/PID/stat are too coarse for small registers."""
        with open(f"/proc/{self.pid}/schedstat", encoding="ascii") as f:
            return int(f.read().split()[0]) / 1e9

    def stop(self):
        self.process.send_signal(2)  # fast shutdown
        self.process.wait()
        shutil.rmtree(self.socket, ignore_errors=True)
        shutil.rmtree(self.top / "data", ignore_errors=True)


def load(server, folder):
    entities, numbers, names, size = [], {}, 0, {}
    server.sql("CREATE EXTENSION pg_trgm; CREATE UNLOGGED TABLE queries(ord int, type text, name text);")
    for kind, (ids, texts) in peer.register(folder).items():
        names += len(texts)
        with open(server.top / "load", "w", encoding="utf-8") as f:
            for entity, text in zip(ids, texts):
                if entity not in numbers:
                    numbers[entity] = len(entities)
                    entities.append(entity)
                f.write(f"{numbers[entity]}\t{text}\n")
        for method, index in INDEX.items():
            table = f"{method}_{kind}"
            server.sql(f"CREATE UNLOGGED TABLE {table}(entity int, name text);\n\\copy {table} FROM '{f.name}'\n"
                       f"CREATE INDEX {table}_x ON {table} USING {index}; VACUUM ANALYZE {table};")
            size[method] = size.get(method, 0) + int(server.sql(f"SELECT pg_relation_size('{table}_x');")[0])
    for method, find in FIND.items():
        server.sql(FUNCTION.format(method=method, **{k: find.format(table=f"{method}_{k}") for k in peer.TYPES}))
    return entities, names, size


def method_of(server, method, entities):
    def run(queries, seconds):
        with open(server.top / "ask", "w", encoding="utf-8") as f:
            for i, q in enumerate(queries):
                f.write(f"{i}\t{q.type}\t{q.name}\n")
        server.sql(f"TRUNCATE queries;\n\\copy queries FROM '{f.name}'\nANALYZE queries;")
        cpu, rows = server.cpu(), []
        for line in server.sql(f"SELECT q, e, s FROM ask_{method}({seconds});"):
            q, e, s = line.split("|")
            rows.append((int(q), int(e), float(s)))
        cpu = server.cpu() - cpu
        _, asked, wall = rows.pop()
        answers = [(q.id, []) for q in queries[:asked]]
        for q, e, s in rows:
            answers[q][1].append((entities[e], s))
        # the backend's CPU has the sending of the answers in it, the server's clock has not
        return answers, wall, min(cpu, wall)
    return run


def main(folder):
    t0 = time.monotonic()
    server = Server(folder)
    entities, names, size = load(server, folder)
    version = server.sql("SELECT split_part(version(), ' (', 1);")[0]
    peer.serve({m: method_of(server, m, entities) for m in INDEX},
               {"version": version, "names": names, "build_s": time.monotonic() - t0, "bytes": size})


main(sys.argv[1])
