# cp: directories that are empty, there or not, with and without a / or /. at the end.
$ docker run -d --name web box serve; mkdir -p d/e empty out; echo x >d/f; echo y >f
> ID1
$ docker cp empty web:/tmp; docker exec web ls -A /tmp/empty
$ docker cp empty/. web:/tmp/new; docker exec web sh -c 'test -d /tmp/new && ls -A /tmp/new'
$ docker cp d/. web:/tmp/f1; docker exec web ls /tmp/f1
> e
> f
$ docker cp d/. web:/no/such
! no such container:path: web:/no
? 1
= the words of error messages
! no such directory in the container: "/no", in which "web:/no/such" would be
? 1
$ docker cp d/. web:/tmp/made/; docker exec web ls /tmp/made
> e
> f
$ docker cp d web:/tmp/made2/; docker exec web ls /tmp/made2
> e
> f
$ docker cp d web:/tmp/made3/.; docker exec web ls /tmp/made3
! no such container:path: web:/tmp/made3
! ls: /tmp/made3: No such file or directory
? 1
= the words of error messages
! no such directory
! ls: /tmp/made3: No such file or directory
? 1
$ docker cp f web:/tmp/.; docker exec web ls /tmp/f
> /tmp/f
$ docker cp f web:/tmp/nosuch/.
! no such directory
? 1
$ docker cp f web:/tmp/..; docker exec web ls /f
> /f
$ docker cp f web:.; docker cp f web:/; docker exec web cat /f
> y
$ docker cp f web:/data/file/x
! extraction point is not a directory
? 1
= the words of error messages
! web:/data/file/x: not a directory
? 1
$ docker cp d web:/data/file/x
! extraction point is not a directory
? 1
= the words of error messages
! web:/data/file/x: not a directory
? 1
$ docker cp f web:/data/file/
! no such directory
? 1
= the words of error messages
! web:/data/file/: not a directory
? 1
$ docker cp f web:/data/file/.
! no such directory
? 1
= the words of error messages
! web:/data/file/.: not a directory
? 1
$ docker cp d web:/data/file/
! error processing tar file(exit status 1): cannot overwrite non-directory "/data/file" with directory "/data"
? 1
= the words of error messages
! web:/data/file/: not a directory
? 1
$ (cd d && docker cp . web:/tmp/dot); docker exec web ls /tmp/dot
> e
> f
$ (cd d && docker cp ../d/.. web:/tmp/dotdot); docker exec web ls /tmp/dotdot | grep -E '^[df]$'
> d
> f
$ (cd d/e && docker cp ../f web:/tmp/up); docker exec web cat /tmp/up
> x
$ docker cp web:/tmp/dot out; ls out/dot
> e
> f
$ (cd out && docker cp web:/tmp/dot/. .; ls)
> dot
> e
> f
$ docker cp web:/tmp/dot/ nosuch/; ls nosuch; rm -r nosuch
> e
> f
$ docker cp web:/tmp/dot nosuch/.; ls nosuch; rm -rf nosuch
! stat DIR/nosuch: no such file or directory
! ls: cannot access 'nosuch': No such file or directory
= the words of error messages
! no such directory
! ls: cannot access 'nosuch': No such file or directory
$ docker cp web:/tmp/f nosuch/.
! stat DIR/nosuch: no such file or directory
? 1
= the words of error messages
! no such directory
? 1
$ docker cp web:/tmp/dot no/such
! invalid output path: directory "DIR/no" does not exist
? 1
$ docker cp web:/tmp/f/. out/x 2>/dev/null; echo $?
> 1
$ docker cp web:/tmp/f out/dot/f/x
! stat DIR/out/dot/f/x: not a directory
? 1
= the words of error messages
! DIR/out/dot/f/x: not a directory
? 1
$ docker cp web:/tmp/f out/dot/f/
! stat DIR/out/dot/f/: not a directory
? 1
= the words of error messages
! DIR/out/dot/f/: not a directory
? 1
$ docker cp web:/data/sub/../file out/sub; cat out/sub
> image
$ docker cp web:/nosuch/../data/file out/through; cat out/through
> image
$ docker cp web:data/file out/relative; cat out/relative
> image
$ docker cp web:/data/. - | tar -t | wc -l
> 4
$ docker cp web:/data/file - >archive; tar -tf archive; docker cp - web:/tmp <archive; docker exec web cat /tmp/file
> file
> image
$ docker cp web:/no/such - | wc -c
> 0
! no such container:path: web:/no/such
$ docker cp web:/data/file/x - 2>/dev/null | wc -c
> 0
$ docker cp - web:/tmp/nosuch <archive
! destination "web:/tmp/nosuch" must be a directory
? 1
$ docker cp - web:/nosuch/dir <archive
! destination "web:/nosuch/dir" must be a directory
? 1
$ docker cp - web:/tmp/ </dev/null
$ gzip -c archive | docker cp - web:/home; docker exec web cat /home/file
> image
$ tar -P -c --transform 's,^f,/tmp/absolute,' f | docker cp - web:/home; docker exec web sh -c 'ls /home/tmp'
> absolute
$ tar -P -c --transform 's,^f,../escaped,' f | docker cp - web:/home; docker exec web ls /escaped 2>&1 | grep -c 'No such'
> 1
! error processing tar file(exit status 1): "../escaped" is outside of "/home"
= the words of error messages
> 1
! entry "../escaped": ".." in a name could lead out of the directory, and no archive needs it

# What replaces what.
$ docker exec web mkdir -p /tmp/x/f; mkdir -p x; echo file >x/f; docker cp x/. web:/tmp/x; docker exec web sh -c 'test -d /tmp/x/f && echo a directory'
> a directory
! error processing tar file(exit status 1): cannot overwrite directory "/tmp/x/f" with non-directory "/tmp/x"
= the words of error messages
> a directory
! cannot overwrite directory "/tmp/x/f" with non-directory "f"
$ docker exec web sh -c 'echo old >/tmp/y; mkdir -p /tmp/z; echo old >/tmp/z/e'; docker cp d/. web:/tmp/z
! error processing tar file(exit status 1): cannot overwrite non-directory "/tmp/z/e" with directory "/tmp/z"
? 1
= the words of error messages
! cannot overwrite non-directory "/tmp/z/e" with directory "e"
? 1
$ mkdir -p out/q/f; docker exec web sh -c 'mkdir -p /tmp/q; echo new >/tmp/q/f'; docker cp web:/tmp/q/. out/q 2>/dev/null; test -d out/q/f && echo a directory
> a directory
$ echo target >target; ln -s ../target out/link; docker cp web:/tmp/y out/link; cat target; test -L out/link && echo still a link
> old
> still a link
$ docker exec web ln -s /data/file /tmp/tofile; docker cp f web:/tmp/tofile; docker exec web sh -c 'cat /data/file; test -L /tmp/tofile && echo still a link'
> y
> still a link
$ docker exec web ln -s /no/where /tmp/dangling; docker cp f web:/tmp/dangling; docker exec web ls /no 2>/dev/null
! no such container:path: web:/no
? 1
= the words of error messages
! no such directory in the container: "/no", in which "web:/tmp/dangling" would be
? 1
$ docker exec web sh -c 'chmod 600 /tmp/y'; chmod 755 f; docker cp f web:/tmp/y; docker exec web stat -c %a /tmp/y
> 755

# Files that are no files, names that are none.
$ docker exec web mkfifo /tmp/fifo; docker cp web:/tmp/fifo out/fifo; stat -c %F out/fifo
> fifo
$ docker cp out/fifo web:/tmp/fifo2; docker exec web stat -c %F /tmp/fifo2
> fifo
$ docker exec web sh -c 'mkdir /tmp/hard; echo a >/tmp/hard/a; ln /tmp/hard/a /tmp/hard/b'; docker cp web:/tmp/hard out; stat -c %h out/hard/a
> 2
$ echo spaces >'two words'; docker cp 'two words' web:'/tmp/more words'; docker exec web cat '/tmp/more words'
> spaces
$ docker cp web:'/tmp/more words' 'out/from it'; cat 'out/from it'
> spaces
$ echo dash >-dash; docker cp -- -dash web:/tmp; docker cp ./-dash web:/tmp; docker exec web cat /tmp/-dash
> dash
$ docker cp -dash web:/tmp 2>/dev/null; echo $?
> 125
$ echo näme >näme; docker cp näme web:/tmp; docker cp web:/tmp/näme out; cat out/näme
> näme
$ docker cp '' web:/tmp
! source can not be empty
? 1
$ docker cp f ''
! destination can not be empty
? 1
$ docker cp web:/tmp/f ''; rm -f f2
! destination can not be empty
$ docker cp web:/tmp/f
! "docker cp" requires exactly 2 arguments
!
! usage:  docker cp [OPTIONS] CONTAINER:SRC_PATH DEST_PATH|-
! \tdocker cp [OPTIONS] SRC_PATH|- CONTAINER:DEST_PATH
!
! copy files/folders between a container and the local filesystem
? 1
= usage errors
! cp takes a source and a destination: CONTAINER:PATH PATH, or PATH CONTAINER:PATH (see docker cp --help)
? 125
$ docker cp a b c
! "docker cp" requires exactly 2 arguments
!
! usage:  docker cp [OPTIONS] CONTAINER:SRC_PATH DEST_PATH|-
! \tdocker cp [OPTIONS] SRC_PATH|- CONTAINER:DEST_PATH
!
! copy files/folders between a container and the local filesystem
? 1
= usage errors
! cp takes a source and a destination: CONTAINER:PATH PATH, or PATH CONTAINER:PATH (see docker cp --help)
? 125
$ docker cp :/tmp/f out
! must specify at least one container source
? 1
$ docker cp f :
! must specify at least one container source
? 1
$ docker cp -L web:/tmp/tofile out/through2; cat out/through2; test -L out/through2 || echo a file
> y
> a file
$ docker cp --follow-link web:/tmp/dangling out/none; ls out/none
! no such container:path: web:/no/where
! ls: cannot access 'out/none': No such file or directory
? 2
= the words of error messages
! no such container:path: web:/tmp/dangling
! ls: cannot access 'out/none': No such file or directory
? 2
$ docker cp web:/tmp/dangling out/none; readlink out/none
> /no/where
$ ln -s d linkd; docker cp linkd web:/tmp; docker exec web readlink /tmp/linkd
> d
$ docker cp -L linkd web:/tmp/real; docker exec web ls /tmp/real
> e
> f
$ docker cp linkd/f web:/tmp/inlink; docker exec web cat /tmp/inlink
> x
$ docker cp -a -L linkd/. web:/tmp/al; docker exec web ls /tmp/al
> e
> f
$ id=$(docker ps -q); docker cp $id:/data/sub/file out/byid; cat out/byid; docker cp $(echo $id | cut -c1-5):/data/sub/file out/byprefix && cat out/byprefix
> sub
> sub
$ docker container cp f web:/tmp/group; docker exec web cat /tmp/group
> y
$ mkdir -p full; docker cp f web:/dev/full
= `cp` of what is below `/dev` or on a tmpfs of a container that runs
! destination "web:/dev/full" must be a directory or a regular file: got a device
? 1
$ docker cp web:/dev/null - | tar -tv | cut -c1
! no such container:path: web:/dev/null
! tar: This does not look like a tar archive
! tar: Exiting with failure status due to previous errors
= `cp` of what is below `/dev` or on a tmpfs of a container that runs
> c
$ docker rm -f web
> web
