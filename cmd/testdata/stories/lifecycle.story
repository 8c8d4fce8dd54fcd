# What begins, ends and is removed.
$ docker create --name web box serve one
> ID1
$ docker ps
> CONTAINER ID   IMAGE   COMMAND   CREATED   STATUS   PORTS   NAMES
$ docker ps -a --format '{{.Names}}|{{.Status}}|{{.Image}}|{{.Command}}'
> web|Created|box|"serve one"
$ docker start web
> web
$ awaits 'docker logs web | grep ready'
$ docker ps --format '{{.Names}}|{{.Status}}'
> web|Up SECONDS
$ docker start web
> web
$ docker logs web
> ready one
$ docker stop web
> web
$ docker stop web
> web
$ docker logs web
> ready one
> stopped
$ docker inspect -f '{{.State.Status}} {{.State.ExitCode}} {{.State.Running}} {{.State.Pid}} {{.RestartCount}}' web
> exited 3 false 0 0
$ docker wait web
> 3
$ docker start web && awaits 'docker logs web | grep -c ready | grep 2'
> web
$ docker logs web
> ready one
> stopped
> ready one
$ docker restart -t 5 web
> web
$ awaits 'docker logs web | grep -c ready | grep 3'
$ docker logs web
> ready one
> stopped
> ready one
> stopped
> ready one
$ docker kill -s HUP web && awaits 'docker logs web | grep reloaded'
> web
$ docker kill --signal=1 web && awaits 'docker logs web | grep -c reloaded | grep 2'
> web
$ docker kill --signal SIGHUP web && awaits 'docker logs web | grep -c reloaded | grep 3'
> web
$ docker inspect -f '{{.State.Status}}' web
> running
$ docker kill -s NOSUCH web
! invalid signal: NOSUCH
? 1
= usage errors
! invalid value "NOSUCH" for --signal: not a signal such as SIGTERM, INT or 15 (see docker kill --help)
? 125
$ docker kill -s 0 web
! invalid signal: 0
? 1
= usage errors
! invalid value "0" for --signal: not a signal such as SIGTERM, INT or 15 (see docker kill --help)
? 125
$ docker kill web
> web
$ docker kill web
! cannot kill container: web: Container ID1 is not running
? 1
= the words of error messages
! cannot kill container ID1: it is not running
? 1
$ docker inspect -f '{{.State.Status}} {{.State.ExitCode}}' web
> exited 137
$ docker pause web
! container ID1 is not running
? 1
= the words of error messages
! cannot pause container ID1: it is not running
? 1
$ docker start web
> web
$ docker pause web
> web
$ docker pause web
! container ID1 is already paused
? 1
$ docker ps --format '{{.Names}}|{{.Status}}'
> web|Up SECONDS (Paused)
$ docker inspect -f '{{.State.Status}} {{.State.Paused}} {{.State.Running}}' web
> paused true true
$ docker exec web true
! container web is paused, unpause the container before exec
? 1
$ docker start web
! cannot start a paused container, try unpause instead
! failed to start containers: web
? 1
= the words of error messages
! cannot start a paused container, try unpause instead
? 1
$ docker unpause web
> web
$ docker unpause web
! container ID1 is not paused
? 1
$ docker rm web
! you cannot remove a running container ID1. Stop the container before attempting removal or force remove
? 1
= the words of error messages
! container ID1 is running: stop it before removing it, or force removal with rm -f
? 1
$ docker rm -f web; docker run -d --name web --network none box serve
> web
> ID1
$ docker rename web web
! renaming a container with the same name as its current name
! failed to rename container named web
? 1
= the words of error messages
! container ID1 has the name "web" already
? 1
$ docker rename web www
$ docker rename www /slash
$ docker rename slash 'not valid'
! error when allocating new name: Invalid container name (/not valid), only [a-zA-Z0-9][a-zA-Z0-9_.-] are allowed
! failed to rename container named slash
? 1
= usage errors
! rename: invalid name "not valid": not two or more letters, digits and _ . - of which the first is a letter or digit (see docker rename --help)
? 125
$ docker rename slash ''
! neither old nor new names may be empty
? 1
= usage errors
! rename: invalid name "": not two or more letters, digits and _ . - of which the first is a letter or digit (see docker rename --help)
? 125
$ docker rename nosuch other
! no such container: nosuch
! failed to rename container named nosuch
? 1
= the words of error messages
! no such container: nosuch
? 1
$ docker rename slash
! "docker rename" requires exactly 2 arguments
!
! usage:  docker rename CONTAINER NEW_NAME
!
! rename a container
? 1
= usage errors
! rename: a container and a new name are needed (see docker rename --help)
? 125
$ docker ps --format '{{.Names}}'
> slash
$ docker inspect -f '{{.Name}}' slash
> /slash
$ docker rm -f slash
> slash
$ docker rm -f slash
! no such container: slash
= the words of error messages
$ docker rm slash
! no such container: slash
? 1
$ docker ps -aq

# The same name twice.
$ docker create --name twice box true
> ID1
$ docker create --name twice box true
! conflict. The container name "/twice" is already in use by container "ID1". You have to remove (or rename) that container to be able to reuse that name
? 1
= usage errors
! the container name "twice" is already in use by container ID1 (mydocker rm twice removes it)
? 125
$ docker run --name twice box true; echo $?
> 125
! conflict. The container name "/twice" is already in use by container "ID1". You have to remove (or rename) that container to be able to reuse that name
= the words of error messages
> 125
! the container name "twice" is already in use by container ID1 (mydocker rm twice removes it)
$ docker rm twice
> twice

# A command that cannot run leaves a container that was created.
$ docker run -d --name bad box /no/such/program; echo $?
> ID1
> 127
! failed to create shim task: OCI runtime create failed: runc create failed: unable to start container process: exec: "/no/such/program": stat /no/such/program: no such file or directory: unknown
= a container whose command cannot be executed
> 127
! look up the command: /no/such/program: no such file or directory
$ docker ps -a --format '{{.Names}}|{{.Status}}'
> bad|Created
= a container whose command cannot be executed
$ docker inspect -f '{{.State.Status}} {{.State.ExitCode}} {{.State.Error}}' bad
> created 127 failed to create shim task: OCI runtime create failed: runc create failed: unable to start container process: exec: "/no/such/program": stat /no/such/program: no such file or directory: unknown
= a container whose command cannot be executed
! no such object: bad
? 1
$ docker logs bad
= a container whose command cannot be executed
! no such container: bad
? 1
$ docker start bad
! failed to create shim task: OCI runtime create failed: runc create failed: unable to start container process: exec: "/no/such/program": stat /no/such/program: no such file or directory: unknown
! failed to start containers: bad
? 1
= the words of error messages
! no such container: bad
? 1
$ docker wait bad
> 127
= a container whose command cannot be executed
! no such container: bad
? 1
$ docker rm bad
> bad
= a container whose command cannot be executed
! no such container: bad
? 1
$ docker run -d --name bad box /etc/passwd; echo $?
> ID1
> 126
! failed to create shim task: OCI runtime create failed: runc create failed: unable to start container process: exec: "/etc/passwd": permission denied: unknown
= a container whose command cannot be executed
> 126
! look up the command: /etc/passwd: permission denied
$ docker ps -a --format '{{.Names}}|{{.Status}}'
> bad|Created
= a container whose command cannot be executed
$ docker rm bad
> bad
= a container whose command cannot be executed
! no such container: bad
? 1
$ docker run -d --name bad --rm box /no/such/program; echo $?
> ID1
> 127
! failed to create shim task: OCI runtime create failed: runc create failed: unable to start container process: exec: "/no/such/program": stat /no/such/program: no such file or directory: unknown
= a container whose command cannot be executed
> 127
! look up the command: /no/such/program: no such file or directory
$ docker ps -a --format '{{.Names}}|{{.Status}}'
$ docker run -d nosuch/image:tag true 2>&1 | tail -1 | grep -c .
> 1

# With --rm it goes by itself.
$ docker run -d --rm --name gone box sh -c 'exit 3'
> ID1
$ awaits '! docker inspect gone'
$ docker ps -aq
$ docker run -d --rm --name gone box serve
> ID1
$ docker wait gone >waited & awaits 'docker logs gone | grep ready'; docker stop gone; wait; cat waited
> gone
> 3
$ awaits '! docker inspect gone'
$ docker run -d --rm --restart always box true
! conflicting options: --restart and --rm
? 125
= usage errors
! conflicting options: cannot specify both --restart and --rm (see docker run --help)
? 125
$ docker create --rm --name gone box sh -c 'echo out; exit 5'
> ID1
$ docker start -a gone
> out
? 5
$ awaits '! docker inspect gone'

# Statuses.
$ docker run --name s0 box true; echo $?; docker inspect -f '{{.State.ExitCode}}' s0
> 0
> 0
$ docker run --name s7 box sh -c 'exit 7'; echo $?; docker inspect -f '{{.State.ExitCode}}' s7
> 7
> 7
$ docker run --name s137 box sleep 1000 & awaits 'docker top s137'; docker kill s137; wait $! 2>/dev/null; echo $?
> s137
> 137
$ docker run --name s127 box nosuch; echo $?; docker inspect -f '{{.State.ExitCode}}' s127
> 127
> 127
! failed to create shim task: OCI runtime create failed: runc create failed: unable to start container process: exec: "nosuch": executable file not found in $PATH: unknown
= a container whose command cannot be executed
> 127
! look up the command: nosuch: no such file or directory (not found in PATH)
! no such object: s127
? 1
$ docker run --name s126 box /etc; echo $?; docker inspect -f '{{.State.ExitCode}}' s126
> 126
> 126
! failed to create shim task: OCI runtime create failed: runc create failed: unable to start container process: exec: "/etc": permission denied: unknown
= a container whose command cannot be executed
> 126
! look up the command: /etc: is a directory
! no such object: s126
? 1
$ docker ps -a --format '{{.Names}} {{.Status}}'
> s126 Created
> s127 Created
> s137 Exited (137) SECONDS ago
> s7 Exited (7) SECONDS ago
> s0 Exited (0) SECONDS ago
= a container whose command cannot be executed
> s137 Exited (137) SECONDS ago
> s7 Exited (7) SECONDS ago
> s0 Exited (0) SECONDS ago
$ docker wait s0 s7 s127
> 0
> 7
> 127
= a container whose command cannot be executed
> 0
> 7
! no such container: s127
? 1
$ docker wait s7 nosuch s0
> 7
> 0
! no such container: nosuch
? 1
$ docker start -a s7
? 7
$ docker start s0 nosuch s7
> s0
> s7
! no such container: nosuch
! failed to start containers: nosuch
? 1
= the words of error messages
> s0
> s7
! no such container: nosuch
? 1
$ docker start -a s0 s7
! you cannot start and attach multiple containers at once
? 1
$ docker start nosuch
! no such container: nosuch
! failed to start containers: nosuch
? 1
= the words of error messages
! no such container: nosuch
? 1
$ docker stop nosuch s0
> s0
! no such container: nosuch
? 1
$ docker restart nosuch s0
> s0
! no such container: nosuch
? 1
$ docker wait s0 >/dev/null; docker kill nosuch s0
! cannot kill container: nosuch: No such container: nosuch
! cannot kill container: s0: Container ID1 is not running
? 1
= the words of error messages
! no such container: nosuch
! cannot kill container ID1: it is not running
? 1
$ docker pause nosuch s0
! no such container: nosuch
! container ID1 is not running
? 1
= the words of error messages
! no such container: nosuch
! cannot pause container ID1: it is not running
? 1
$ docker unpause nosuch s0
! no such container: nosuch
! container ID1 is not paused
? 1
= the words of error messages
! no such container: nosuch
! cannot unpause container ID1: it is not running
? 1
$ docker rm nosuch s0 nosuch2 s7
> s0
> s7
! no such container: nosuch
! no such container: nosuch2
? 1
$ docker rm -f nosuch s126 s127 nosuch2
> s126
> s127
! no such container: nosuch
! no such container: nosuch2
= `rm --force` of what is not there
$ docker rm s137; docker ps -aq
> s137

# Without the arguments that are needed.
$ docker start
! "docker start" requires at least 1 argument
!
! usage:  docker start [OPTIONS] CONTAINER [CONTAINER...]
!
! start one or more stopped containers
? 1
= usage errors
! start: no container given (see docker start --help)
? 125
$ docker stop
! "docker stop" requires at least 1 argument
!
! usage:  docker stop [OPTIONS] CONTAINER [CONTAINER...]
!
! stop one or more running containers
? 1
= usage errors
! stop: no container given (see docker stop --help)
? 125
$ docker restart
! "docker restart" requires at least 1 argument
!
! usage:  docker restart [OPTIONS] CONTAINER [CONTAINER...]
!
! restart one or more containers
? 1
= usage errors
! restart: no container given (see docker restart --help)
? 125
$ docker kill
! "docker kill" requires at least 1 argument
!
! usage:  docker kill [OPTIONS] CONTAINER [CONTAINER...]
!
! kill one or more running containers
? 1
= usage errors
! kill: no container given (see docker kill --help)
? 125
$ docker rm
! "docker rm" requires at least 1 argument
!
! usage:  docker rm [OPTIONS] CONTAINER [CONTAINER...]
!
! remove one or more containers
? 1
= usage errors
! rm: no container given (see docker rm --help)
? 125
$ docker wait
! "docker wait" requires at least 1 argument
!
! usage:  docker wait CONTAINER [CONTAINER...]
!
! block until one or more containers stop, then print their exit codes
? 1
= usage errors
! wait: no container given (see docker wait --help)
? 125
$ docker pause
! "docker pause" requires at least 1 argument
!
! usage:  docker pause CONTAINER [CONTAINER...]
!
! pause all processes within one or more containers
? 1
= usage errors
! pause: no container given (see docker pause --help)
? 125
$ docker unpause
! "docker unpause" requires at least 1 argument
!
! usage:  docker unpause CONTAINER [CONTAINER...]
!
! unpause all processes within one or more containers
? 1
= usage errors
! unpause: no container given (see docker unpause --help)
? 125
$ docker rename one
! "docker rename" requires exactly 2 arguments
!
! usage:  docker rename CONTAINER NEW_NAME
!
! rename a container
? 1
= usage errors
! rename: a container and a new name are needed (see docker rename --help)
? 125
$ docker create
! "docker create" requires at least 1 argument
!
! usage:  docker create [OPTIONS] IMAGE [COMMAND] [ARG...]
!
! create a new container
? 1
= usage errors
! run: no image given (see docker create --help)
? 125
$ docker stop -t x y
! invalid argument "x" for "-t, --time" flag: strconv.ParseInt: parsing "x": invalid syntax
? 125
= usage errors
! invalid value "x" for --time: not a whole number of seconds (see docker stop --help)
? 125
$ docker stop --nosuch y
! unknown flag: --nosuch
? 125
= usage errors
! unknown flag --nosuch (see docker stop --help)
? 125
$ docker rm --nosuch y
! unknown flag: --nosuch
? 125
= usage errors
! unknown flag --nosuch (see docker rm --help)
? 125
