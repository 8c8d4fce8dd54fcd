$ docker run -d --name web -e FROM=run -w /tmp box serve
> ID1
$ docker exec web echo hello
> hello
$ docker exec web sh -c 'echo out; echo err >&2; exit 3'
> out
! err
? 3
$ docker exec web sh -c 'echo $FROM $HOME; pwd; id'
> run /root
> /tmp
> uid=0(root) gid=0(root) groups=0(root)
$ docker exec -e FROM=exec -e NEW=1 web sh -c 'echo $FROM $NEW'
> exec 1
$ CALLER=yes docker exec -e CALLER -e NOTTHERE web sh -c 'echo $CALLER ${NOTTHERE-unset}'
> yes unset
$ printf 'A=1\n# comment\nB=two words\n' >list; docker exec --env-file list web sh -c 'echo $A $B'
> 1 two words
$ docker exec --env-file nosuch web true
! open nosuch: no such file or directory
? 1
= `exec` of a user, a directory or a file of `--env-file` that is not there
! read the --env-file: open nosuch: no such file or directory
? 125
$ docker exec -w /etc web pwd
> /etc
$ docker exec -w /no/such web pwd
> OCI runtime exec failed: exec failed: unable to start container process: chdir to cwd ("/no/such") set in config.json failed: no such file or directory: unknown
? 126
= `exec` of a user, a directory or a file of `--env-file` that is not there
! enter the working directory: /no/such: no such file or directory (mydocker makes no directory on the host, nor in a root that is read-only; mkdir it before)
? 125
$ docker exec -w relative web pwd
> OCI runtime exec failed: exec failed: Cwd must be an absolute path: unknown
? 126
= `exec` of a user, a directory or a file of `--env-file` that is not there
! invalid value "relative" for --workdir: it is no absolute path (see docker exec --help)
? 125
$ docker exec -u user web id
> uid=1000(user) gid=1000(user) groups=1000(user),2000(extra)
$ docker exec -u 1000:extra web id
> uid=1000(user) gid=2000(extra) groups=2000(extra)
$ docker exec -u 4242 web id
> uid=4242 gid=0(root) groups=0(root)
$ docker exec -u nosuch web id
> unable to find user nosuch: no matching entries in passwd file
? 126
= `exec` of a user, a directory or a file of `--env-file` that is not there
! no user "nosuch" in /etc/passwd
? 125
$ docker exec --user 0:nosuch web id
> unable to find group nosuch: no matching entries in group file
? 126
= `exec` of a user, a directory or a file of `--env-file` that is not there
! no group "nosuch" in /etc/group
? 125
$ echo word | docker exec -i web cat
> word
$ echo word | docker exec web cat
$ docker exec -d web sh -c 'echo $$ >/tmp/detached; sleep 1000'
$ awaits 'docker exec web test -s /tmp/detached'
$ docker exec -d web /no/such
! oCI runtime exec failed: exec failed: unable to start container process: exec: "/no/such": stat /no/such: no such file or directory: unknown
? 1
= `exec -d` of what cannot be executed
! look up the command: /no/such: no such file or directory
? 127
$ docker exec -d -e X=1 -w / web sh -c 'echo $X $PWD >/tmp/detached2'
$ awaits 'docker exec web test -s /tmp/detached2' && docker exec web cat /tmp/detached2
> 1 /
$ docker exec web nosuch
> OCI runtime exec failed: exec failed: unable to start container process: exec: "nosuch": executable file not found in $PATH: unknown
? 126
= `exec` of a command that is not there
! look up the command: nosuch: no such file or directory (not found in PATH)
? 127
$ docker exec web /no/such
> OCI runtime exec failed: exec failed: unable to start container process: exec: "/no/such": stat /no/such: no such file or directory: unknown
? 126
= `exec` of a command that is not there
! look up the command: /no/such: no such file or directory
? 127
$ docker exec web /etc/passwd
> OCI runtime exec failed: exec failed: unable to start container process: exec: "/etc/passwd": permission denied: unknown
? 126
= `exec` of a command that is not there
! look up the command: /etc/passwd: permission denied
? 126
$ docker exec web /etc
> OCI runtime exec failed: exec failed: unable to start container process: exec: "/etc": permission denied: unknown
? 126
= `exec` of a command that is not there
! look up the command: /etc: is a directory
? 126
$ docker exec web ''
> OCI runtime exec failed: exec failed: unable to start container process: exec: "": executable file not found in $PATH: unknown
? 126
= `exec` of a command that is not there
! look up the command: "": no such file or directory (an empty word is no command)
? 127
$ docker exec web
! "docker exec" requires at least 2 arguments
!
! usage:  docker exec [OPTIONS] CONTAINER COMMAND [ARG...]
!
! run a command in a running container
? 1
= usage errors
! exec: a container and a command are needed (see docker exec --help)
? 125
$ docker exec
! "docker exec" requires at least 2 arguments
!
! usage:  docker exec [OPTIONS] CONTAINER COMMAND [ARG...]
!
! run a command in a running container
? 1
= usage errors
! exec: a container and a command are needed (see docker exec --help)
? 125
$ docker exec nosuch true
! no such container: nosuch
? 1
$ docker exec web sh -c 'kill -9 $$'
? 137
$ docker exec web sh -c 'kill -TERM $$'
? 143
$ docker exec web grep CapEff /proc/self/status
> CapEff:\t00000000a80425fb
$ docker exec -u user web grep CapEff /proc/self/status
> CapEff:\t0000000000000000
$ docker exec web sh -c 'head -c 300000 /dev/zero' | wc -c
> 300000
$ head -c 300000 /dev/zero | docker exec -i web wc -c
> 300000
$ head -c 3000000 /dev/urandom >random; docker exec -i web cat <random | cmp - random
$ yes | docker exec -i web head -1
> y
$ docker exec web yes | head -1
> y
$ docker exec web sh -c 'test $$ -ne 1 && echo not 1'
> not 1
$ docker exec web hostname >h; docker inspect -f '{{.Config.Hostname}}' web | cmp - h
$ docker exec -it web true
! the input device is not a TTY
? 1
= `-ti` without a terminal
% docker exec -it web sh -c 'test -t 0 && test -t 1 && test -t 2 && echo a terminal; echo $TERM'
> a terminal
> xterm
% docker exec -it web sh
< #  => echo $((6*7))\r
< 42\r\n/tmp #  => exit 9\r
>
>
> Enter 'help' for a list of built-in commands.
>
> /tmp # echo $((6*7))
> 42
> /tmp # exit 9
? 9
% docker exec -t web sh -c 'test -t 1 && echo out; test -t 0 && echo in'
> out
> in
% docker exec -it --detach-keys ctrl-x web sh
< #  => \x18
>
>
> Enter 'help' for a list of built-in commands.
>
> /tmp # read escape sequence
? 1
$ docker exec --detach-keys nonsense-x web true
! invalid escape keys (nonsense-x) provided
? 1
= usage errors
! invalid value "nonsense-x" for --detach-keys: unknown key "nonsense-x": a key is a character, or ctrl- and one of a-z @ [ \\ ] ^ _
? 1
$ docker exec -d web sleep 1000; docker inspect -f '{{if .ExecIDs}}some{{else}}none{{end}}' web
> some
= `ExecIDs`
> none
$ docker top web -o pid,comm | grep -c serve
> 1

# Its end is the end of what runs in it.
$ docker exec web sleep 1009 & awaits "docker top web | grep 'sleep 1009'"; docker kill web; wait $! 2>/dev/null; echo $?
> web
> 137
$ docker exec web true; docker exec web true 2>/dev/null; echo $?
> 1
! container ID1 is not running
$ docker exec -d web true 2>&1 | grep -c 'is not running'
> 1
$ docker start web && docker pause web
> web
> web
$ docker exec web true 2>&1 | grep -c 'is paused'
> 1
$ docker unpause web; docker exec web echo again
> web
> again
$ docker stop web; docker rm web
> web
> web
$ docker create --name new box true; docker exec new true 2>&1 | grep -c 'is not running'; docker rm new
> ID1
> 1
> new

# As its user, in its directory.
$ docker run -d --name other --entrypoint serve boxes
> ID1
$ docker exec other sh -c 'id -un; pwd; echo $A $HOME'
> user
> /tmp
> image /home/user
$ docker exec -u 0 other sh -c 'id -un; echo $HOME'
> root
> /root
$ docker rm -f -v other
> other

# A read-only root, limits, a dropped capability: exec has the same.
$ docker run -d --name strict --read-only --cap-drop ALL --security-opt no-new-privileges --pids-limit 20 box serve
> ID1
$ docker exec strict sh -c 'touch /x 2>&1; grep -E "CapEff|NoNewPrivs|^Seccomp:" /proc/self/status'
> touch: /x: Read-only file system
> CapEff:\t0000000000000000
> NoNewPrivs:\t1
> Seccomp:\t2
$ docker rm -f strict
> strict
