# run in the foreground: the container stays until rm.
$ docker run --name one box echo hello
> hello
$ docker ps -a --format '{{.Names}} {{.Status}}'
> one Exited (0) SECONDS ago
$ docker logs one
> hello
$ docker start -a one
> hello
$ docker logs one
> hello
> hello
$ docker rm one
> one
$ echo word | docker run -i --name cat box cat
> word
$ docker logs cat
> word
$ echo other | docker start -ai cat
> other
$ docker logs cat
> word
> other
$ echo other | docker start -i cat
> other
$ docker start cat; docker kill cat
> cat
> cat
$ docker rm cat
> cat
$ docker run --name both box sh -c 'echo out; echo err >&2; exit 2'
> out
! err
? 2
$ docker logs both
> out
! err
$ docker logs both 2>/dev/null
> out
$ docker logs both >/dev/null
! err
$ docker start -a both
> out
! err
? 2
$ docker rm both
> both
$ docker run -a stdout --name outonly box sh -c 'echo out; echo err >&2'
> out
$ docker logs outonly
> out
! err
$ docker run -a stderr --name erronly box sh -c 'echo out; echo err >&2'
! err
$ echo in | docker run -a stdin -i --name inonly box sh -c 'cat >/tmp/in' | cut -c1-64 | grep -c .
> 1
$ docker run -a nosuch box true
! invalid argument "nosuch" for "-a, --attach" flag: valid streams are STDIN, STDOUT and STDERR
? 125
= the words of error messages
! invalid value "nosuch" for --attach: valid streams are STDIN, STDOUT and STDERR
? 125
$ docker run -a stdout -d box true
! conflicting options: -a and -d
? 1
= usage errors
! conflicting options: cannot specify both --attach and --detach (see docker run --help)
? 125
$ docker rm outonly erronly inonly
> outonly
> erronly
> inonly
$ docker run --rm --cidfile cid box true; wc -c <cid
> 64
= `--cidfile`
> 12
$ docker run --rm --cidfile cid box true
! container ID file found, make sure the other container isn't running or delete cid
? 125
= the words of error messages
! write the cidfile: create cid: file exists (make sure that no other container uses it, and remove it)
? 125
$ docker create --cidfile cid2 --name cidfile box true >out; cmp cid2 out; docker rm cidfile
> cidfile
! cmp: EOF on cid2 after byte 64, in line 1
= the words of error messages
> cidfile
! cmp: EOF on cid2 after byte 12, in line 1
$ docker run -d --cidfile cid3 --name cidfile box true >out; tr -d '\n' <out | cmp - cid3; docker wait cidfile; docker rm cidfile
> 0
> cidfile
$ docker run -d --cidfile no/such/dir box true
! failed to create the container ID file: open no/such/dir: no such file or directory
? 127
= `--cidfile`
! create no/such/dir: no such file or directory
? 125
$ docker ps -aq

# The client is ended.
$ docker run --name proxied box serve & awaits 'docker logs proxied | grep ready'; kill -TERM $!; wait $! 2>/dev/null; echo $?
> ready
> stopped
> 3
$ docker inspect -f '{{.State.Status}} {{.State.ExitCode}}' proxied
> exited 3
$ docker rm proxied
> proxied
$ docker run --sig-proxy=false --name unproxied box serve >/dev/null & awaits 'docker logs unproxied | grep ready'; kill -TERM $!; wait $! 2>/dev/null; echo $?
> 143
$ docker inspect -f '{{.State.Status}} {{.State.ExitCode}}' unproxied
> running 0
$ docker rm -f unproxied
> unproxied
$ docker run --name killed box serve >/dev/null & awaits 'docker logs killed | grep ready'; kill -KILL $!; wait $! 2>/dev/null; echo $?
> 137
$ docker inspect -f '{{.State.Status}}' killed
> running
$ docker stop killed; docker logs killed; docker rm killed
> killed
> ready
> stopped
> killed
$ docker run -d --rm -i --name waits box cat >/dev/null; docker inspect -f '{{.State.Status}}' waits; docker rm -f waits
> running
> waits
$ docker run -d --name noinput box cat; docker wait noinput; docker rm noinput
> ID1
> 0
> noinput

# What a client says of another one's end.
$ docker run --name other box serve & awaits 'docker logs other | grep ready'; docker kill other; wait $! 2>/dev/null; echo $?
> ready
> other
> 137
$ docker start -a other & awaits 'docker logs other | grep -c ready | grep 2'; docker stop other; wait $! 2>/dev/null; echo $?
> ready
> stopped
> other
> 3
$ docker rm other
> other

# Of the image: entry point, command, environment, user, directory.
$ docker run --rm boxes
> default
$ docker run --rm boxes 'id -un; pwd; echo $A'
> user
> /tmp
> image
$ docker run --rm --entrypoint id boxes -un
> user
$ docker run --rm --entrypoint '' boxes echo plain
> plain
$ docker run --rm -e A=mine -w / -u 0 boxes 'id -un; pwd; echo $A'
> root
> /
> mine
$ docker create --name shown boxes x y && docker inspect -f '{{json .Config.Entrypoint}} {{json .Config.Cmd}} {{.Path}} {{json .Args}} {{.Config.User}} {{.Config.WorkingDir}} {{.Config.StopSignal}}' shown
> ID1
> ["sh","-c"] ["x","y"] sh ["-c","x","y"] user /tmp
$ docker inspect -f '{{json .Config.Labels}} {{json .Config.Env}} {{json .Config.ExposedPorts}} {{json .Config.Volumes}}' shown
> {"made":"here"} ["PATH=/bin","A=image"] {"80/tcp":{}} {"/data":{}}
$ docker ps -a --format '{{.Command}}'
> "sh -c x y"
$ docker ps -a --no-trunc --format '{{.Command}}'
> "sh -c x y"
$ docker rm -v shown
> shown

# Terminals.
% docker run --rm -it box sh
< #  => echo $((6*7)); exit 5\r
>
>
> Enter 'help' for a list of built-in commands.
>
> / # echo $((6*7)); exit 5
> 42
? 5
% docker run --rm -t box echo on a terminal
> on a terminal
$ docker run -d -t --name term box sh -c 'tty; echo done' && docker wait term && docker logs term; docker rm term
> ID1
> 0
> /dev/pts/0
> done
> term
$ docker run -d -it --name shell box sh && docker exec shell tty; docker rm -f shell
> ID1
> not a tty
> shell
