# logs --since and --until: a line is shown from its own time on, and until it.
$ docker run -d --name log box sh -c 'echo one; until [ -e /two ]; do sleep 0.1; done; echo two >&2; until [ -e /three ]; do sleep 0.1; done; echo three'
> ID1
$ awaits 'docker logs log | grep one'; docker exec log touch /two; awaits 'docker logs log 2>&1 | grep two'; docker exec log touch /three; docker wait log
> 0
$ docker logs -t log 2>/dev/null | cut -d' ' -f1 >times; docker logs -t log 2>&1 >/dev/null | cut -d' ' -f1 >>times; wc -l <times
> 3
$ docker logs --since $(sed -n 1p times) log
> one
> three
! two
$ docker logs --since $(sed -n 3p times) log
> three
! two
$ docker logs --since $(sed -n 2p times) log
> three
$ docker logs --until $(sed -n 1p times) log
> one
$ docker logs --until $(sed -n 3p times) log
> one
! two
$ docker logs --since $(sed -n 3p times) --until $(sed -n 3p times) log
! two
$ docker logs --since $(sed -n 2p times) --until $(sed -n 1p times) log
$ docker logs --since $(sed -n 3p times) --tail 1 log
> three
$ docker logs --until $(sed -n 3p times) --tail 1 log
$ docker logs --until $(sed -n 1p times) --tail 5 log
> one
$ docker logs -f --since $(sed -n 2p times) log
> three
$ docker logs -f --until $(sed -n 1p times) log
> one
$ docker logs --since $(date -d "$(sed -n 3p times)" +%s.%N) log
> three
! two
$ docker logs --since $(TZ=UTC-2 date -d "$(sed -n 3p times)" +%Y-%m-%dT%H:%M:%S.%N%:z) log
> three
! two
$ for since in 2001-01-01 2001-01-01T01 2001-01-01T01:02 2001-01-01T01:02:03 2001-01-01T01:02:03.5 2001-01-01Z 2001-01-01T01:02:03+02:00 2001-01-01T01:02:03.123456789Z 0 1 1.5 1h 1h30m 90m 1.5h; do printf '%s ' $since; docker logs --since $since log 2>/dev/null | wc -l; done
> 2001-01-01 2
> 2001-01-01T01 2
> 2001-01-01T01:02 2
> TIME 2
> TIME 2
> 2001-01-01Z 2
> TIME 2
> TIME 2
> 0 2
> 1 2
> 1.5 2
> 1h 2
> 1h30m 2
> 90m 2
> 1.5h 2
$ for since in 2099-01-01 4000000000 4000000000.5 -1h 2099-01-01T00:00:00Z; do printf '%s ' $since; docker logs --since=$since log 2>/dev/null | wc -l; done
> 2099-01-01 0
> 4000000000 0
> 4000000000.5 0
> -1h 0
> TIME 0
$ for since in x 1x 2001 2001-13-01 2001-01-01T25:00 01:02 yesterday 1d 1w '1 h' 2001-01-01T01:02:03+0200 '2001-01-01 01:02:03' 1.2.3 --; do printf '%s ' "$since"; docker logs --since "$since" log >/dev/null 2>&1; echo $?; done
> x 1
> 1x 1
> 2001 0
> 2001-13-01 1
> 2001-01-01T25:00 1
> 01:02 1
> yesterday 1
> 1d 1
> 1w 1
> 1 h 1
> TIME+0200 1
> TIME 1
> 1.2.3 1
> -- 1
$ docker logs --since '' log 2>/dev/null
> one
> three
$ docker logs --until '' log 2>/dev/null
> one
> three
$ for until in 0 1 1h 2001-01-01 2099-01-01 -1h 4000000000; do printf '%s ' $until; docker logs --until=$until log 2>/dev/null | wc -l; done
> 0 2
> 1 0
> 1h 0
> 2001-01-01 0
> 2099-01-01 2
> -1h 2
> 4000000000 2
$ docker logs --since 2001-01-01 --since 2099-01-01 log
$ docker logs --tail 2 --tail 1 log
> three
$ docker logs --tail 1 log
> three
$ docker logs --tail=+1 log 2>/dev/null | wc -l
> 1
$ docker logs --tail -5 log 2>/dev/null | wc -l
> 2
$ docker logs --tail 0 -f log
$ docker logs --tail ALL log 2>/dev/null | wc -l
> 2
= `logs --tail WORD`
> 0
$ docker logs -tf --tail 1 log | sed 's/^[0-9T:.-]*Z/TIME/'
> TIME three
$ docker logs -t --details log 2>/dev/null | sed 's/^[0-9T:.-]*Z/TIME/'
> TIME  one
> TIME  three
$ docker logs --timestamps=false --follow=false log 2>/dev/null
> one
> three
$ docker container logs -n1 log
> three
$ docker logs log --tail 1
> three
$ docker run -d --name more box sh -c 'echo first; while :; do sleep 0.1; echo more; done' >/dev/null; awaits 'docker logs more | grep first'
$ docker logs -f --until $(date -d '1 sec' +%s.%N) more | tail -1
> more
$ docker logs -f --since $(date -d '1 sec' +%s.%N) more >out & awaits 'grep more out'; docker rm -f more >/dev/null; wait $! 2>/dev/null; echo $?; sort -u out
> 0
> more
$ docker rm log
> log

# update: what is refused changes nothing.
$ docker run -d --name web -m 64m --memory-swap 128m --cpu-shares 100 --restart on-failure:2 box serve >/dev/null; docker create --name new box serve >/dev/null; docker run --name ended box true
$ for flags in '-m 1k' '-m -1' '-m x' '--memory-swap 32m' '--memory-swap -2' '--cpus -1' '--cpus x' '--cpus 100000' '--cpu-shares -1' '--cpu-shares x' '--cpu-period 10' '--cpu-period 2000000' '--cpu-quota 10' '--cpu-quota x' '--cpuset-cpus 4000' '--cpuset-cpus x' '--cpuset-cpus 1-0' '--cpuset-mems 4000' '--pids-limit x' '--restart x' '--restart on-failure:x' '--restart on-failure:-1' '--restart always:3' '--nosuch'; do printf '%s ' "$flags"; docker update $flags web >/dev/null 2>&1; test $? -eq 0 && echo done || echo refused; done
> -m 1k refused
> -m -1 refused
> -m x refused
> --memory-swap 32m refused
> --memory-swap -2 refused
> --cpus -1 refused
> --cpus x refused
> --cpus 100000 refused
> --cpu-shares -1 refused
> --cpu-shares x refused
> --cpu-period 10 refused
> --cpu-period 2000000 refused
> --cpu-quota 10 refused
> --cpu-quota x refused
> --cpuset-cpus 4000 refused
> --cpuset-cpus x refused
> --cpuset-cpus 1-0 refused
> --cpuset-mems 4000 refused
> --pids-limit x refused
> --restart x refused
> --restart on-failure:x refused
> --restart on-failure:-1 refused
> --restart always:3 refused
> --nosuch refused
$ docker inspect -f '{{.HostConfig.Memory}} {{.HostConfig.MemorySwap}} {{.HostConfig.CpuShares}} {{.HostConfig.NanoCpus}} {{json .HostConfig.RestartPolicy}}' web
> 67108864 134217728 100 0 {"MaximumRetryCount":2,"Name":"on-failure"}
$ docker update --memory-reservation 96m web
> web
= `update --memory-reservation` above the limit
! memory reservation of 100663296 bytes is above the memory limit of 67108864
? 1
$ docker update --memory-swap 256m web; docker update -m 128m web; docker inspect -f '{{.HostConfig.Memory}} {{.HostConfig.MemorySwap}}' web
> web
> web
> 134217728 268435456
$ docker update --memory-swap -1 web; docker inspect -f '{{.HostConfig.MemorySwap}}' web
> web
> -1
$ docker update --memory-reservation 32m --cpu-shares 300 web; docker inspect -f '{{.HostConfig.MemoryReservation}} {{.HostConfig.CpuShares}}' web
> web
> 33554432 300
$ docker update --cpuset-cpus 0 --cpuset-mems 0 web; docker inspect -f '{{.HostConfig.CpusetCpus}} {{.HostConfig.CpusetMems}}' web; docker exec web grep Cpus_allowed_list /proc/self/status
> web
> 0 0
> Cpus_allowed_list:\t0
$ docker update --cpu-period 50000 --cpu-quota 25000 web; docker inspect -f '{{.HostConfig.CpuPeriod}} {{.HostConfig.CpuQuota}}' web
> web
> 50000 25000
$ docker update --pids-limit 20 web; docker inspect -f '{{.HostConfig.PidsLimit}}' web; docker update --pids-limit -1 web; docker inspect -f '{{.HostConfig.PidsLimit}}' web
> web
> 20
> web
> 0
= fields of `inspect`
> web
> 20
> web
> <nil>
$ for policy in no always unless-stopped on-failure on-failure:0 on-failure:7; do docker update --restart $policy web >/dev/null; docker inspect -f '{{.HostConfig.RestartPolicy}}' web; done
> {no 0}
> {always 0}
> {unless-stopped 0}
> {on-failure 0}
> {on-failure 0}
> {on-failure 7}
$ docker update --restart '' web; docker inspect -f '{{.HostConfig.RestartPolicy}}' web
> web
> {on-failure 7}
$ docker update --cpu-shares 200 new ended; docker inspect -f '{{.HostConfig.CpuShares}}' new ended
> new
> ended
> 200
> 200
$ docker update -m 64m --memory-swap 64m --cpus 0.5 new; docker inspect -f '{{.HostConfig.Memory}} {{.HostConfig.NanoCpus}}' new; docker start new; docker exec new sh -c 'cat /sys/fs/cgroup/memory/memory.limit_in_bytes 2>/dev/null || cat /sys/fs/cgroup/memory.max'
> new
> 67108864 500000000
> new
> 67108864
$ docker pause web; docker update --cpu-shares 400 web; docker inspect -f '{{.HostConfig.CpuShares}} {{.State.Status}}' web; docker unpause web
> web
> web
> 400 paused
> web
$ docker update --cpu-shares 500 web nosuch new; docker inspect -f '{{.HostConfig.CpuShares}}' web new
> web
> new
> 500
> 500
! no such container: nosuch
$ docker update --restart always nosuch
! no such container: nosuch
? 1
$ docker update -m 100m --nosuch web
! unknown flag: --nosuch
? 125
= usage errors
! unknown flag --nosuch (see docker update --help)
? 125
$ docker update -m
! flag needs an argument: 'm' in -m
? 125
= usage errors
! flag needs an argument: -m (see docker update --help)
? 125
$ docker container update --cpu-shares 600 web; docker inspect -f '{{.HostConfig.CpuShares}}' web
> web
> 600
$ docker rm -f web new ended
> web
> new
> ended
