# exec: its user, directory, environment, privileges and status.
$ docker run -d --name web -e E=run -u user -w /tmp box serve
> ID1
$ docker exec web sh -c 'id -un; pwd; echo $E $HOME'
> user
> /tmp
> run /home/user
$ docker exec -u 0 web sh -c 'id -u; pwd; echo $HOME'
> 0
> /tmp
> /root
$ for user in root user 1000 0:0 user:user 1000:1000 user:extra 1000:2000 4242:4343 :1000 root: ''; do echo "-- $user"; docker exec -u "$user" web id; done
> -- root
> uid=0(root) gid=0(root) groups=0(root)
> -- user
> uid=1000(user) gid=1000(user) groups=1000(user),2000(extra)
> -- 1000
> uid=1000(user) gid=1000(user) groups=1000(user),2000(extra)
> -- 0:0
> uid=0(root) gid=0(root) groups=0(root)
> -- user:user
> uid=1000(user) gid=1000(user) groups=1000(user)
> -- 1000:1000
> uid=1000(user) gid=1000(user) groups=1000(user)
> -- user:extra
> uid=1000(user) gid=2000(extra) groups=2000(extra)
> -- 1000:2000
> uid=1000(user) gid=2000(extra) groups=2000(extra)
> -- 4242:4343
> uid=4242 gid=4343 groups=4343
> -- :1000
> uid=0(root) gid=1000(user) groups=1000(user)
> -- root:
> uid=0(root) gid=0(root) groups=0(root)
> --
> uid=1000(user) gid=1000(user) groups=1000(user),2000(extra)
$ for user in nosuch user:nosuch -1 99999999999 1000:-1 'two words'; do docker exec -u "$user" web id >/dev/null 2>&1; echo $?; done
> 126
> 126
> 126
> 126
> 126
> 126
= `exec` of a user, a directory or a file of `--env-file` that is not there
> 125
> 125
> 125
> 125
> 125
> 125
$ docker exec -w / web pwd
> /
$ docker exec -w /data/sub web pwd
> /data/sub
$ docker exec -w '' web pwd
> /tmp
$ docker exec --workdir=/etc/.. web pwd
> /
$ docker exec -w /etc/passwd web pwd >/dev/null 2>&1; echo $?
> 126
= `exec` of a user, a directory or a file of `--env-file` that is not there
> 125
$ docker exec -u 0 web mkdir -m 700 /closed; docker exec -w /closed web pwd >/dev/null 2>&1; echo $?
> 0
$ docker exec -e A=1 -e A=2 web sh -c 'echo $A'
> 2
$ docker exec -e E= web sh -c 'echo "${E-unset}|"'
> |
$ docker exec -e E web sh -c 'echo "${E-unset}|"'
> unset|
$ E=caller docker exec -e E web sh -c 'echo "${E-unset}|"'
> caller|
$ docker exec -e =x web true
! invalid argument "=x" for "-e, --env" flag: invalid environment variable: =x
? 125
= the words of error messages
! invalid value "=x" for --env: it names no variable
? 125
$ docker exec -e '' web true
! invalid argument "" for "-e, --env" flag: invalid environment variable:
? 125
= the words of error messages
! invalid value "" for --env: it names no variable
? 125
$ docker exec -e HOME=/x -e PATH=/bin:/y web sh -c 'echo $HOME $PATH'
> /x /bin:/y
$ docker exec -e PATH=/nowhere web ls >/dev/null 2>&1; echo $?
> 126
= `exec` of a command that is not there
> 127
$ docker exec -e PATH=/nowhere web /bin/echo found
> found
$ printf 'A=file\nB\nC=three\n' >env; B=caller docker exec --env-file env -e A=flag web sh -c 'echo $A $B $C'
> flag caller three
$ printf 'A=1\nB=1\n' >env1; printf 'A=2\nC=3\n' >env2; docker exec --env-file env1 --env-file env2 web sh -c 'echo $A $B $C'
> 2 1 3
$ printf 'a b=x\n' >env; docker exec --env-file env web true
! poorly formatted environment: variable 'a b' contains whitespaces
? 1
= `exec` of a user, a directory or a file of `--env-file` that is not there
! --env-file env: line 1: the name "a b" holds white space
? 125
$ printf '=x\n' >env; docker exec --env-file env web true
! poorly formatted environment: no variable name on line '=x'
? 1
= `exec` of a user, a directory or a file of `--env-file` that is not there
! --env-file env: line 1: there is no name before the =
? 125
$ mkdir -p dir; docker exec --env-file dir web true
! read dir: is a directory
? 1
= `exec` of a user, a directory or a file of `--env-file` that is not there
! read the --env-file: read dir: is a directory
? 125
$ docker exec -u 0 web grep -E 'CapEff|CapBnd|NoNewPrivs|Seccomp:' /proc/self/status
> CapEff:\t00000000a80425fb
> CapBnd:\t00000000a80425fb
> NoNewPrivs:\t0
> Seccomp:\t2
$ docker exec --privileged=false -u 0 web grep CapEff /proc/self/status
> CapEff:\t00000000a80425fb
$ for status in 0 1 100 125 126 127 128 255 256; do docker exec web sh -c "exit $status"; echo $?; done
> 0
> 1
> 100
> 125
> 126
> 127
> 128
> 255
> 0
$ for signal in HUP INT KILL USR1 TERM; do docker exec web sh -c "kill -$signal \$\$"; echo $?; done
> 129
> 130
> 137
> 138
> 143
$ docker exec -d web sh -c 'exit 3'; echo $?
> 0
$ docker exec -d -u 0 -w / -e A=b --env-file env1 web sh -c 'echo $A $B $PWD $(id -u) >/tmp/got'; awaits 'docker exec web test -s /tmp/got'; docker exec web cat /tmp/got
> b 1 / 0
$ docker exec -d -t web sh -c 'test -t 1 && tty >/tmp/tty'; awaits 'docker exec web test -s /tmp/tty'; docker exec web grep -c /dev/pts /tmp/tty
> 1
$ echo word | docker exec -d -i web sh -c 'cat >/tmp/word; echo end >>/tmp/word'; awaits 'docker exec web grep end /tmp/word'; docker exec web cat /tmp/word
> end
$ docker exec -d -u nosuch web true >/dev/null 2>&1; test $? -ne 0 && echo failed
> failed
$ docker exec -d -w /no/such web true >/dev/null 2>&1; test $? -ne 0 && echo failed
> failed
$ docker exec -d nosuch true
! no such container: nosuch
? 1
$ docker exec -d web
! "docker exec" requires at least 2 arguments
!
! usage:  docker exec [OPTIONS] CONTAINER COMMAND [ARG...]
!
! run a command in a running container
? 1
= usage errors
! exec: a container and a command are needed
? 125
$ docker exec -d --detach-keys ctrl-x web true
$ docker exec web readlink /proc/self/fd/0
> /dev/null
$ docker exec web sh -c 'ls /proc/self/fd | wc -l'
> 4
$ docker exec -i web sh -c 'cat; exit 3' </dev/null
? 3
$ printf 'no end' | docker exec -i web cat; echo
> no end
$ docker exec web -- echo >/dev/null 2>&1; echo $?
> 126
= `exec` of a command that is not there
> 127
$ docker exec -- web echo behind
> behind
$ docker exec web echo -e -u 0 --privileged
> -u 0 --privileged
$ docker exec --user=0 --workdir=/ --env=A=b --interactive=false web sh -c 'id -u; pwd; echo $A'
> 0
> /
> b
$ docker exec -iu 0 web id -u </dev/null
> 0
$ docker exec -u0 -w/ -eA=b web sh -c 'id -u; pwd; echo $A'
> 0
> /
> b
$ docker container exec web echo same
> same
$ docker exec --nosuch web true
! unknown flag: --nosuch
? 125
= usage errors
! unknown flag --nosuch (see docker exec --help)
? 125
$ docker exec -x web true
! unknown shorthand flag: 'x' in -x
? 125
= usage errors
! unknown flag -x (see docker exec --help)
? 125
$ docker exec -e
! flag needs an argument: 'e' in -e
? 125
= usage errors
! -e needs a value (see docker exec --help)
? 125
$ docker exec -u 0 --user user web id -un
> user
$ docker exec web sh -c 'echo $$ >/tmp/pid'; docker exec web sh -c 'test $(cat /tmp/pid) != 1 && echo another'
> another
$ docker exec web sh -c 'ps | grep -q "[s]erve" && echo seen'
> seen
$ for i in 1 2 3 4 5; do { docker exec web sh -c "exit $i"; echo $?; } & done | sort
> 1
> 2
> 3
> 4
> 5
% docker exec -it web sh -c 'sleep 1; stty size'
> 30 100
% docker exec -it -e TERM=vt100 web sh -c 'echo $TERM'
> vt100
% docker exec -it -u 0 -w /data web sh -c 'id -u; pwd; tty >/tmp/name; grep -c /dev/pts /tmp/name; exit 4'
> 0
> /data
> 1
? 4
% docker exec -it web sh -c 'trap "echo caught; exit 7" INT; echo go; while :; do sleep 0.1; done'
< go\r\n => \x03
> go
> ^Ccaught
? 7
% docker exec -it web sh -c 'echo go; cat; echo end'
< go\r\n => word\r
< word\r\nword\r\n => \x04
> go
> word
> word
> end
% docker exec -i web sh -c 'echo go; cat; echo end'
< go\r\n => word\r
< word\r\nword\r\n => \x04
> go
> word
> word
> end
% docker exec web sh -c 'test -t 0 || echo no stdin; test -t 1 || echo no stdout'
> no stdin
> no stdout
% docker exec -it web sh -c 'echo go; sleep 1000'
< go\r\n => \x10\x11
> go
> read escape sequence
? 1
$ docker exec -t web echo plain | od -c
> 0000000   p   l   a   i   n  \\r  \\n
> 0000007
$ docker exec web sh -c 'ps | grep -c "[s]leep 1000"'
> 1
$ docker exec -u 0 web sh -c 'kill -TERM 1'; docker wait web
> 3
$ docker rm web
> web
