$ docker run -d --name web box serve && awaits 'docker logs web | grep ready'
> ID1
$ docker attach web >out & awaits 'docker kill -s HUP web; grep reloaded out'; docker stop web; wait $! 2>/dev/null; echo $?; uniq out
> web
> 3
> reloaded
> stopped
$ docker attach web
! you cannot attach to a stopped container, start it first
? 1
$ docker attach nosuch
! no such container: nosuch
? 1
$ docker attach
! "docker attach" requires exactly 1 argument
!
! usage:  docker attach [OPTIONS] CONTAINER
!
! attach local standard input, output, and error streams to a running container
? 1
= usage errors
! attach: one container is needed (see docker attach --help)
? 125
$ docker attach web other
! "docker attach" requires exactly 1 argument
!
! usage:  docker attach [OPTIONS] CONTAINER
!
! attach local standard input, output, and error streams to a running container
? 1
= usage errors
! attach: one container is needed (see docker attach --help)
? 125
$ docker start web && docker pause web && docker attach web; docker unpause web
> web
> web
> web
! you cannot attach to a paused container, unpause it first
$ awaits 'docker logs web | grep -c ready | grep 2'; docker attach web >out & awaits 'docker kill -s HUP web; grep reloaded out'; kill -TERM $!; wait $! 2>/dev/null; echo $?; uniq out
> 3
> reloaded
> stopped
$ docker inspect -f '{{.State.Status}} {{.State.ExitCode}}' web
> exited 3
$ docker start web; awaits 'docker logs web | grep -c ready | grep 3'; docker attach --sig-proxy=false web >out & awaits 'docker kill -s HUP web; grep reloaded out'; kill -TERM $!; wait $! 2>/dev/null; echo $?
> web
> 143
$ docker inspect -f '{{.State.Status}}' web
> running
$ docker attach --no-stdin web >out & awaits 'docker kill -s HUP web; grep reloaded out'; docker kill web >/dev/null; wait $! 2>/dev/null; echo $?
> 137
$ docker rm web
> web
$ docker run -d -i --name cat box cat
> ID1
$ echo hello | docker attach cat >/dev/null & awaits 'docker logs cat | grep hello'; docker kill cat >/dev/null; wait $! 2>/dev/null; echo $?
> 137
$ docker rm cat
> cat
$ docker run -d -i --name cat box cat
> ID1
$ date +%s.%N >begin; echo hello | docker attach --no-stdin cat & awaits 'docker events --since $(cat begin) --until $(date +%s.%N) --filter event=attach --format {{.Action}} | grep attach'; docker kill cat >/dev/null; wait $! 2>/dev/null; echo $?
> 137
$ docker rm cat
> cat

# Terminals and the keys that detach.
% docker run -it --name shell box sh
< #  => echo one\r
< one\r\n/ #  => \x10\x11
>
>
> Enter 'help' for a list of built-in commands.
>
> / # echo one
> one
> / #\c
$ docker inspect -f '{{.State.Status}}' shell
> running
% docker attach shell
<  => echo $((6*7))\r
< 42\r\n/ #  => \x10\x11
> echo $((6*7))
> 42
> / # read escape sequence
? 1
% docker attach --detach-keys ctrl-x,x shell
<  => echo $((6*8))\r
< 48\r\n/ #  => \x18x
> echo $((6*8))
> 48
> / # read escape sequence
? 1
$ docker attach shell
! the input device is not a TTY
? 1
% docker attach shell
<  => exit 4\r
> exit 4
? 4
$ docker inspect -f '{{.State.Status}} {{.State.ExitCode}}' shell
> exited 4
% docker start -ai shell
< #  => echo $((6*9)); exit 6\r
>
>
> Enter 'help' for a list of built-in commands.
>
> / # echo $((6*9)); exit 6
> 54
? 6
% docker start -ai --detach-keys ctrl-a shell
< #  => \x01
>
>
> Enter 'help' for a list of built-in commands.
>
> / #\c
$ docker inspect -f '{{.State.Status}}' shell
> running
$ docker rm -f shell
> shell
% docker run -it --name gone --detach-keys a box sh
< #  => a
>
>
> Enter 'help' for a list of built-in commands.
>
> / #\c
$ docker inspect -f '{{.State.Status}}' gone
> running
$ docker rm -f gone
> gone
% docker run -it --rm box sh
< #  => sleep 1; stty size\r
< 30 100\r\n/ #  => exit\r
>
>
> Enter 'help' for a list of built-in commands.
>
> / # sleep 1; stty size
> 30 100
> / # exit

# Several at once see the same.
$ docker run -d --name many box serve && awaits 'docker logs many | grep ready'
> ID1
$ for i in 1 2 3; do docker attach many >out$i & done; awaits 'docker kill -s HUP many; grep reloaded out1 && grep reloaded out2 && grep reloaded out3'; docker stop many; wait; for i in 1 2 3; do uniq out$i; done
> many
> reloaded
> stopped
> reloaded
> stopped
> reloaded
> stopped
$ docker rm many
> many
