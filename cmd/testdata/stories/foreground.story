# run in the foreground: which streams are attached, which keys detach, which status it has.
$ docker run --name out -a stdout box sh -c 'echo out; echo err >&2; exit 3'
> out
? 3
$ docker run --name err -a stderr box sh -c 'echo out; echo err >&2; exit 4'
! err
? 4
$ docker run --name both -a stdout -a stderr box sh -c 'echo out; echo err >&2; exit 5'
> out
! err
? 5
$ docker run --name upper -a STDOUT --attach=Stderr box sh -c 'echo out; echo err >&2; exit 6'
> out
! err
? 6
$ docker run --rm -a stdout -a stdout box echo once
> once
$ echo word | docker run --name in -a stdin -i box sh -c 'cat >/tmp/in; exit 7' | wc -c
> 65
= ids
> 13
$ echo word | docker run --name inout -a stdin -a stdout -i box sh -c 'cat; echo err >&2; exit 8'
> word
? 8
$ echo word | docker run --name noi -a stdout -a stdin box sh -c 'cat; echo end'
> end
$ echo word | docker run --rm -i -a stdout box sh -c 'cat; echo end' </dev/null
> end
$ docker inspect -f '{{.Name}} {{.Config.AttachStdin}} {{.Config.AttachStdout}} {{.Config.AttachStderr}} {{.Config.OpenStdin}} {{.Config.StdinOnce}}' out err both in inout noi
> /out false true false false false
> /err false false true false false
> /both false true true false false
> /in true false false true true
> /inout true true false true true
> /noi true true false false false
$ docker wait in >/dev/null; docker ps -a --format '{{.Names}} {{.Status}}'
> noi Exited (0) SECONDS ago
> inout Exited (8) SECONDS ago
> in Exited (7) SECONDS ago
> upper Exited (6) SECONDS ago
> both Exited (5) SECONDS ago
> err Exited (4) SECONDS ago
> out Exited (3) SECONDS ago
$ docker logs err; docker logs inout
> out
> word
! err
! err
$ docker start -a out
> out
! err
? 3
$ docker start -a err
> out
! err
? 4
$ docker start -ai inout </dev/null
! err
? 8
$ docker rm out err both upper in inout noi | wc -l
> 7
$ docker run -a '' box true
! invalid argument "" for "-a, --attach" flag: valid streams are STDIN, STDOUT and STDERR
? 125
= the words of error messages
! invalid value "" for --attach: valid streams are STDIN, STDOUT and STDERR
? 125
$ docker run -a stdin,stdout box true
! invalid argument "stdin,stdout" for "-a, --attach" flag: valid streams are STDIN, STDOUT and STDERR
? 125
= the words of error messages
! invalid value "stdin,stdout" for --attach: valid streams are STDIN, STDOUT and STDERR
? 125
$ docker run -a 1 box true
! invalid argument "1" for "-a, --attach" flag: valid streams are STDIN, STDOUT and STDERR
? 125
= the words of error messages
! invalid value "1" for --attach: valid streams are STDIN, STDOUT and STDERR
? 125
$ docker run --attach
! flag needs an argument: --attach
? 125
= usage errors
! --attach needs a value (see docker run --help)
? 125
$ docker create -a stdout --name created box echo word && docker start -a created; docker start created; docker wait created; docker rm created
> ID1
> word
> created
> 0
> created
$ docker run -d -a stdout box true
! conflicting options: -a and -d
? 1
= usage errors
! conflicting options: cannot specify both --attach and --detach (see docker run --help)
? 125
$ docker ps -aq

# Statuses.
$ for status in 0 1 2 100 125 126 127 128 137 255 256; do docker run --rm box sh -c "exit $status"; echo $?; done
> 0
> 1
> 2
> 100
> 125
> 126
> 127
> 128
> 137
> 255
> 0
$ docker run --rm box sh -c 'kill -USR1 $$; echo goes on'
> goes on
$ docker run --rm box sh -c 'sh -c "kill -9 \$\$"'; echo $?
> 0
$ docker run --rm box ''
! failed to create shim task: OCI runtime create failed: runc create failed: unable to start container process: exec: "": executable file not found in $PATH: unknown
? 127
= the words of error messages
! look up the command: "": no such file or directory (an empty word is no command)
? 127
$ docker run --rm box -- echo
! failed to create shim task: OCI runtime create failed: runc create failed: unable to start container process: exec: "--": executable file not found in $PATH: unknown
? 127
= the words of error messages
! look up the command: --: no such file or directory (not found in PATH)
? 127
$ docker run --rm -- box echo behind
> behind
$ docker run --rm box echo -n --rm -it; echo
> --rm -it
$ docker run --rm nosuch.invalid/x true 2>/dev/null; echo $?
> 125
$ docker run --rm BOX true
! invalid reference format: repository name must be lowercase
? 125
= the words of error messages
! invalid reference format: "BOX": repository name (library/BOX) must be lowercase
? 125
$ docker run --rm box:nosuch! true
! invalid reference format
? 125
= the words of error messages
! invalid reference format: "box:nosuch!": "nosuch!" is no tag: it has letters, digits, "_", "." and "-", and begins with none of the last two
? 125
$ docker run --rm --entrypoint nosuch box true >/dev/null 2>&1; echo $?
> 127
$ docker run --rm --entrypoint /etc box true >/dev/null 2>&1; echo $?
> 126
$ docker run --rm --entrypoint echo box
>
$ docker run --rm --entrypoint sh boxes
$ docker run --rm -w /made/here box pwd
> /made/here
$ docker run --rm -w relative box pwd
! the working directory 'relative' is invalid, it needs to be an absolute path
? 125
= the words of error messages
! working directory "relative" is not an absolute path
? 125
$ docker run --rm -e A -e B= -e C=d=e box sh -c 'echo ${A-unset} ${B-unset} $C'
> unset d=e
$ docker run --rm -e =x box true
! invalid argument "=x" for "-e, --env" flag: invalid environment variable: =x
? 125
= the words of error messages
! invalid value "=x" for --env: it names no variable
? 125
$ A=caller docker run --rm -e A -e B box sh -c 'echo $A ${B-unset}'
> caller unset
$ printf 'A=one\n\n#B=no\n  C=two  \nD\n' >env; D=caller docker run --rm --env-file env box sh -c 'echo "$A|$B|$C|$D|"'
> one||two  |caller|
$ printf 'A B=x\n' >env; docker run --rm --env-file env box true
! poorly formatted environment: variable 'A B' contains whitespaces
? 125
= the words of error messages
! --env-file env: line 1: the name "A B" holds white space
? 125
$ printf '=x\n' >env; docker run --rm --env-file env box true
! poorly formatted environment: no variable name on line '=x'
? 125
= the words of error messages
! --env-file env: line 1: there is no name before the =
? 125
$ printf 'A=file\n' >env; docker run --rm -e A=flag --env-file env box sh -c 'echo $A'
> flag
$ echo 'echo "$1 $2"; exit 9' | docker run --rm -i box sh -s one two
> one two
? 9
$ docker run --rm -i box cat </dev/null
$ yes | docker run --rm -i box head -n 1
> y
$ docker run --rm box sh -c 'echo out; exec >&-; sleep 0.2; exit 3'
> out
? 3
$ docker run --rm -i box sh -c 'exec <&-; echo deaf' </dev/null
> deaf
$ docker run --rm --log-driver none -i box wc -c <env
> 7
$ docker ps -aq

# Terminals, with --rm: what has detached goes at its end.
% docker run -it --rm --name plain box sh
< #  => \x10\x11exit 7\r
>
>
> Enter 'help' for a list of built-in commands.
>
> / #\c
= keys that detach from `run --rm` in the foreground
>
>
> Enter 'help' for a list of built-in commands.
>
> / # \aexit 7
? 7
$ docker rm -f plain >/dev/null 2>&1; awaits '! docker inspect plain'
% docker run -it --rm --name keys --detach-keys ctrl-p,ctrl-q box sh
< #  => \x10\x11
>
>
> Enter 'help' for a list of built-in commands.
>
> / #\c
$ docker inspect -f '{{.State.Status}} {{.HostConfig.AutoRemove}} {{.Config.Tty}}' keys
> running true true
% docker attach keys
<  => echo $((6*7))\r
< 42\r\n/ #  => exit 3\r
> echo $((6*7))
> 42
> / # exit 3
? 3
$ awaits '! docker inspect keys'
% docker run -it --rm --name keys --detach-keys ctrl-a,b box sh
< #  => \x10\x11echo $((6*7))\r
< 42\r\n/ #  => \x01b
>
>
> Enter 'help' for a list of built-in commands.
>
> / # \aecho $((6*7))
> 42
> / #\c
$ docker inspect -f '{{.State.Status}}' keys; docker stop -t 0 keys; awaits '! docker inspect keys'
> running
> keys
% docker run -it --rm --detach-keys '' --name keys box sh
< #  => \x10\x11
>
>
> Enter 'help' for a list of built-in commands.
>
> / #\c
$ docker inspect -f '{{.State.Status}}' keys; docker rm -f keys
> running
> keys
% docker run -it --name stays --detach-keys d box sh -c 'echo go; sleep 1000'
< go\r\n => d
> go
$ docker inspect -f '{{.State.Status}} {{.State.ExitCode}}' stays; docker stop -t 0 stays; docker rm stays
> running 0
> stays
> stays
% docker run -it --rm box sh -c 'trap "echo caught; exit 7" INT; echo go; while :; do sleep 0.1; done'
< go\r\n => \x03
> go
> ^Ccaught
? 7
% docker run -it --rm box sh -c 'echo go; cat; echo end'
< go\r\n => word\r
< word\r\nword\r\n => \x04
> go
> word
> word
> end
% docker run -i --rm box sh -c 'echo go; cat; echo end'
< go\r\n => word\r
< word\r\nword\r\n => \x04
> go
> word
> word
> end
% docker run --rm box sh -c 'test -t 0 || echo no stdin; test -t 1 || echo no stdout'
> no stdin
> no stdout
% docker run -it --rm box sh -c 'sleep 1; stty size'
> 30 100
% docker run -it --rm -e TERM=vt100 box sh -c 'echo $TERM; echo err >&2; exit 11'
> vt100
> err
? 11
% docker run -it --rm -a stdout -a stdin box sh -c 'echo go; read word; echo got $word; exit 12'
< go\r\n => word\r
> go
> word
> got word
? 12
% docker run -t --rm -a stderr box sh -c 'echo out; echo err >&2; exit 13'
? 13
= `--attach stderr` with `-t`
> out
> err
? 13
$ docker run -d -it --name back box sh -c 'read code; exit $code'
> ID1
% docker attach back
<  => 14\r
> 14
? 14
$ docker wait back; docker rm back
> 14
> back
$ docker run -t --rm box echo plain | od -c
> 0000000   p   l   a   i   n  \\r  \\n
> 0000007
$ docker run -it --rm box true; echo $?
> 1
! the input device is not a TTY
= `-ti` without a terminal
> 0
! warning: -t: neither stdin nor stdout is a terminal; the command gets plain streams
$ echo word | docker run -it --rm box true
! the input device is not a TTY
? 1
= `-ti` without a terminal
! warning: -t: neither stdin nor stdout is a terminal; the command gets plain streams
# Of a caller that ignores signals, as nohup does, what goes on without it ignores none.
$ (trap '' HUP INT QUIT; docker run -d --name ignores box serve >/dev/null); awaits 'docker logs ignores | grep ready'; docker kill -s HUP ignores; awaits 'docker logs ignores | grep reloaded'; docker kill -s INT ignores; docker wait ignores; docker logs ignores; docker rm ignores
> ignores
> ignores
> 4
> ready
> reloaded
> interrupted
> ignores
$ docker ps -aq
