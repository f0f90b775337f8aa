# Every target is one line; the work is done by the scripts in deploy/.
# `make run` needs Python 3.11 or newer with pip; `make test` also finds or installs a browser.
.PHONY: run desk test check lock bench bench-costs bench-whitelist bench-feeds bench-search bench-ask bench-serving bench-front \
        bench-scale bench-tips bench-backups bench-tip-off bench-units bench-mirror \
        bench-kills bench-malformed bench-reading bench-damages bench-searching bench-meaning bench-look

# The public site, http://127.0.0.1:8000/ ; another port: make run PORT=9000
run:
	@deploy/venv.sh requirements.txt && deploy/serve.sh app "$${PORT:-8000}"

# The staff desk, http://127.0.0.1:8001/ ; another port: make desk DESK_PORT=9001
desk:
	@deploy/venv.sh requirements.txt && deploy/serve.sh desk "$${DESK_PORT:-8001}"

# Everything that must hold before a change is accepted: the checks, then the tests; one part of the tests alone, a
# folder or the beginning of a file's name: make test PART=search, PART=public/tips, PART=feeds
test:
	@deploy/venv.sh requirements-dev.txt && deploy/test.sh $(PART)

# Style, types and templates only: no browser needed
check:
	@deploy/venv.sh requirements-dev.txt && deploy/check.sh

# Pin again after requirements.in or requirements-dev.in changed
lock:
	@deploy/lock.sh

# OpenBureau beside nginx, an empty application, Wagtail and Datasette, and how it grows; on a machine that does
# nothing else
bench:
	@deploy/bench.sh sites && deploy/bench.sh growth

# Seconds and memory of reading 20,000 rows, beside a bare openpyxl; on a machine that does nothing else
bench-whitelist:
	@deploy/bench.sh whitelist

# What every public address costs at its worst, and six whole downloads at once: ten minutes
bench-costs:
	@deploy/bench.sh costs

# What 200 feed readers cost two servers
bench-feeds:
	@deploy/bench.sh feeds

# Relevance and speed of search, beside other engines: make bench-search COLLECTIONS=folder; a sample: QUESTIONS=300
bench-search:
	@deploy/bench.sh search "$${COLLECTIONS:?name the folder of the collections: make bench-search COLLECTIONS=folder}" $(if $(QUESTIONS),--questions $(QUESTIONS))

# How well a running site answers labelled questions: make bench-ask SITE=http://127.0.0.1:8000 SETS="questions.jsonl names.jsonl"
bench-ask:
	@deploy/bench.sh ask "$${SITE:?name the address of the site: make bench-ask SITE=http://127.0.0.1:8000 SETS=files}" $(SETS)

# The shipped nginx: slow visitors, reloads under load, a door that is gone, traces; one of them: make bench-front PARTS=restart
bench-front:
	@deploy/bench.sh front $(PARTS)

# Whether tips are kept when the server is killed, the disk is full, many write: a quarter of an hour
bench-tips:
	@deploy/bench.sh tips kill order writers locked full rate

# How far one machine goes with search: make bench-scale COLLECTIONS=folder
bench-scale:
	@deploy/bench.sh scale "$${COLLECTIONS:?name the folder of the collections: make bench-scale COLLECTIONS=folder}"

# Both doors and the publisher are killed at once, 200 times, under visitors, on both stores: half an hour
bench-kills:
	@deploy/bench.sh kills

# 30 backups of the tips database while tips come in, each restored and proved (SQLite, PostgreSQL)
bench-backups:
	@deploy/bench.sh backups

# What the tip-off form leaves behind and withstands: plaintext (strace), too long bodies, a rush
bench-tip-off:
	@for what in traces limits rush; do deploy/bench.sh tip_off $$what || exit 1; done

# Kept pages beside an empty application on the same server (needs wrk)
bench-serving:
	@deploy/bench.sh serving

# What systemd says of the units: faults, and how exposed each service is (needs systemd-analyze)
bench-units:
	@deploy/bench.sh units

# The whole site as plain files, every link of it, and the shipped nginx that falls back to it
bench-mirror:
	@deploy/bench.sh mirror

# 10,000 malformed requests on both doors as they are shipped; others: make bench-malformed COUNT=600 SEED=8
bench-malformed:
	@NGINX_PROGRAM=$$(deploy/nginx.sh) deploy/bench.sh malformed "$${COUNT:-10000}" "$${SEED:-1}"

# What check and publish cost the processor, first and again; beside another checkout: make bench-reading BESIDE=folder
bench-reading:
	@deploy/bench.sh reading $(if $(BESIDE),--beside "$(BESIDE)")

# What a page of search results costs the processor; beside another checkout: make bench-searching BESIDE=folder; with
# search by meaning beside words alone: make bench-searching MEANING=on
bench-searching:
	@deploy/bench.sh searching $(if $(BESIDE),--beside "$(BESIDE)") $(if $(MEANING),--meaning)

# 500 good lists and documents damaged a little, at random: read right, told, or changed in silence
bench-damages:
	@deploy/bench.sh damages --count "$${COUNT:-500}" --seed "$${SEED:-1}"

# What search by meaning costs, and what its library does with hostile texts under sanitizers (needs gcc)
bench-meaning:
	@deploy/bench.sh meaning --count "$${COUNT:-300}" --seed "$${SEED:-1}"

# Where things stand on the screens of a running site, and whether within their limits: make bench-look SITE=http://127.0.0.1:8000
bench-look:
	@deploy/bench.sh look "$${SITE:?name the address of the site: make bench-look SITE=http://127.0.0.1:8000}"
