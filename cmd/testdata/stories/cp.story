# Docker's rules for what a path is: a file, a directory, what is in a directory (/.).
$ docker run -d --name web box serve; mkdir -p dir/sub; echo file >file; echo in >dir/in; echo deep >dir/sub/deep; ln -s in dir/link; ln -s nowhere dangling; ln -s dir todir
> ID1
$ docker cp file web:/tmp; docker exec web cat /tmp/file
> file
$ docker cp file web:/tmp/; docker exec web cat /tmp/file
> file
$ docker cp file web:/tmp/new; docker exec web cat /tmp/new
> file
$ docker cp file web:/tmp/new/
! no such directory
? 1
= the words of error messages
! web:/tmp/new/: not a directory
? 1
$ docker cp file web:/tmp/nosuch/
! no such directory
? 1
$ docker cp file web:/tmp/nosuch/name
! no such container:path: web:/tmp/nosuch
? 1
= the words of error messages
! no such directory in the container: "/tmp/nosuch", in which "web:/tmp/nosuch/name" would be
? 1
$ docker cp file web:tmp/relative; docker exec web cat /tmp/relative
> file
$ docker cp dir web:/tmp; docker exec web sh -c 'cd /tmp; find dir | sort; readlink dir/link'
> dir
> dir/in
> dir/link
> dir/sub
> dir/sub/deep
> in
$ docker cp dir web:/tmp/other; docker exec web sh -c 'cd /tmp; find other | sort'
> other
> other/in
> other/link
> other/sub
> other/sub/deep
$ docker cp dir web:/tmp/other; docker exec web sh -c 'cd /tmp; find other | sort'
> other
> other/dir
> other/dir/in
> other/dir/link
> other/dir/sub
> other/dir/sub/deep
> other/in
> other/link
> other/sub
> other/sub/deep
$ docker cp dir/. web:/tmp/third; docker exec web sh -c 'cd /tmp; find third | sort'
> third
> third/in
> third/link
> third/sub
> third/sub/deep
$ docker cp dir/. web:/tmp/third; docker exec web sh -c 'cd /tmp; find third | sort'
> third
> third/in
> third/link
> third/sub
> third/sub/deep
$ docker cp dir/ web:/tmp/fourth; docker exec web sh -c 'cd /tmp; find fourth | sort'
> fourth
> fourth/in
> fourth/link
> fourth/sub
> fourth/sub/deep
$ docker cp dir web:/tmp/new
! cannot copy directory
? 1
$ docker cp dir/. web:/tmp/new
! cannot copy directory
? 1
$ docker cp dir web:/tmp/no/such
! no such container:path: web:/tmp/no
? 1
= the words of error messages
! no such directory in the container: "/tmp/no", in which "web:/tmp/no/such" would be
? 1
$ docker cp file/ web:/tmp/x
! not a directory
? 1
= the words of error messages
! lstat DIR/file/: not a directory
? 1
$ docker cp file/. web:/tmp/x
! not a directory
? 1
= the words of error messages
! lstat DIR/file/.: not a directory
? 1
$ docker cp nosuch web:/tmp/x
! lstat DIR/nosuch: no such file or directory
? 1
$ docker cp dangling web:/tmp/x; docker exec web readlink /tmp/x
> nowhere
$ docker cp todir web:/tmp/y; docker exec web readlink /tmp/y
> dir
$ docker cp -L todir web:/tmp/z; docker exec web ls /tmp/z
> in
> link
> sub
$ docker cp todir/. web:/tmp/z2; docker exec web ls /tmp/z2
> in
> link
> sub
$ docker cp todir/ web:/tmp/z3; docker exec web ls /tmp/z3
> in
> link
> sub
$ docker cp -L dangling web:/tmp/q
! lstat DIR/nowhere: no such file or directory
? 1
= the words of error messages
! lstat DIR/dangling: no such file or directory
? 1
$ mkdir out; docker cp web:/tmp/file out; cat out/file
> file
$ docker cp web:/tmp/file out/name; cat out/name
> file
$ docker cp web:/tmp/file out/nosuch/
! no such directory
? 1
$ docker cp web:/tmp/file nosuch/name
! invalid output path: directory "DIR/nosuch" does not exist
? 1
$ docker cp web:/tmp/dir out; (cd out; find dir | sort)
> dir
> dir/in
> dir/link
> dir/sub
> dir/sub/deep
$ docker cp web:/tmp/dir out/other; (cd out; find other | sort)
> other
> other/in
> other/link
> other/sub
> other/sub/deep
$ docker cp web:/tmp/dir out/other; (cd out; find other | sort)
> other
> other/dir
> other/dir/in
> other/dir/link
> other/dir/sub
> other/dir/sub/deep
> other/in
> other/link
> other/sub
> other/sub/deep
$ docker cp web:/tmp/dir/. out/third; (cd out; find third | sort)
> third
> third/in
> third/link
> third/sub
> third/sub/deep
$ docker cp web:/tmp/dir/ out/fourth; (cd out; find fourth | sort)
> fourth
> fourth/in
> fourth/link
> fourth/sub
> fourth/sub/deep
$ docker cp web:/tmp/dir out/file
! cannot copy directory
? 1
$ docker cp web:/tmp/file/ out/x 2>/dev/null; echo $?
> 1
$ docker cp web:/tmp/nosuch out/x
! no such container:path: web:/tmp/nosuch
? 1
$ docker cp web:/tmp/x out/link; readlink out/link
> nowhere
$ docker cp -L web:/tmp/dir/link out/followed; cat out/followed
> in
$ docker cp web:/tmp/dir/link out/kept; readlink out/kept
> in
$ docker cp web:/tmp/file - | tar -tv | awk '{ print $1, $3, $NF }'
> -rw-r--r-- 5 file
$ docker cp web:/tmp/dir - | tar -t | sort
> dir/
> dir/in
> dir/link
> dir/sub/
> dir/sub/deep
$ docker cp web:/tmp/dir/. - | tar -t | sort
> ./
> ./in
> ./link
> ./sub/
> ./sub/deep
= `cp CONTAINER:DIR/. -`
> ./
> in
> link
> sub/
> sub/deep
$ tar -c dir file | docker cp - web:/tmp/tar
! destination "web:/tmp/tar" must be a directory
? 1
$ docker exec web mkdir /tmp/tar; tar -c dir file | docker cp - web:/tmp/tar; docker exec web sh -c 'cd /tmp/tar; find . | sort'
> .
> ./dir
> ./dir/in
> ./dir/link
> ./dir/sub
> ./dir/sub/deep
> ./file
$ tar -c file | docker cp - web:/tmp/file
! destination "web:/tmp/file" must be a directory
? 1
$ echo nonsense | docker cp - web:/tmp
! error processing tar file(exit status 1): unexpected EOF
? 1
= the words of error messages
! read the archive: unexpected EOF
? 1
$ docker cp - -
! must specify at least one container source
? 1
$ docker cp file other
! must specify at least one container source
? 1
$ docker cp web:/tmp/file web:/tmp/copy
! copying between containers is not supported
? 1
$ docker cp nosuch:/tmp/file out
! no such container:path: nosuch:/tmp/file
? 1
= the words of error messages
! no such container: nosuch
? 1
$ docker cp file nosuch:/tmp
! no such container:path: nosuch:/
? 1
= the words of error messages
! no such container: nosuch
? 1
$ docker cp file
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
$ docker cp file web:
! no such directory
? 1
= the words of error messages
! a path is missing: CONTAINER:PATH
? 1
$ docker cp web: out/root; ls out
> dir
> file
> followed
> fourth
> kept
> link
> name
> other
> third
! bad parameter: pathcannot be empty
= the words of error messages
> dir
> file
> followed
> fourth
> kept
> link
> name
> other
> third
! a path is missing: CONTAINER:PATH
$ docker cp file :/tmp
! must specify at least one container source
? 1
$ docker cp web:/etc/passwd - >/dev/null; echo $?
> 0
$ docker exec web sh -c 'mkdir /tmp/own; echo x >/tmp/own/f; chown 1000:1000 /tmp/own/f; chmod 640 /tmp/own/f; touch -d "2001-02-03 04:05:06" /tmp/own/f'; docker cp web:/tmp/own/f out/f; stat -c '%u %g %a %Y' out/f
> 0 0 640 981173106
$ docker cp -a web:/tmp/own/f out/g; stat -c '%u %g %a' out/g
> 0 0 640
= `cp --archive` out of a container
> 1000 1000 640
$ chown 1000:1000 file; chmod 4711 file; docker cp file web:/tmp/own1; docker exec web stat -c '%u %g %a' /tmp/own1
> 1000 1000 4711
$ docker cp -a file web:/tmp/own2; docker exec web stat -c '%u %g %a' /tmp/own2
> 1000 1000 4711
$ cp file a:b; docker cp ./a:b web:/tmp/; docker exec web ls /tmp/a:b
> /tmp/a:b
$ docker cp a:b web:/tmp/colon
! copying between containers is not supported
? 1
$ docker cp $PWD/file web:/tmp/absolute; docker exec web ls /tmp/absolute
> /tmp/absolute

# Links of the container lead to nothing of the host's.
$ docker exec web sh -c 'ln -s /etc /tmp/etc; ln -s ../../../../../../etc/passwd /tmp/up; ln -s /tmp/target /tmp/to; ln -s /tmp/dir /tmp/todir'
$ docker cp web:/tmp/etc/passwd - | tar -xO | head -1
> root:x:0:0:root:/root:/bin/sh
$ docker cp -L web:/tmp/up - | tar -xO | head -1
> root:x:0:0:root:/root:/bin/sh
$ docker cp file web:/tmp/etc/copied; docker exec web ls /etc/copied; ls /etc/copied
> /etc/copied
! ls: cannot access '/etc/copied': No such file or directory
? 2
$ docker cp file web:/tmp/to; docker exec web stat -c %U:%a /tmp/target; docker exec web test -L /tmp/to && echo still a link
> user:4711
> still a link
$ docker cp file web:/tmp/todir; docker exec web ls /tmp/dir
> file
> in
> link
> sub
$ docker cp web:/tmp/../../../etc/passwd - | tar -xO | head -1
> root:x:0:0:root:/root:/bin/sh

# Containers that are created, paused, have ended.
$ docker stop web; docker cp file web:/tmp/stopped; docker cp web:/tmp/stopped - | tar -t
> web
> stopped
$ docker start web; docker exec web ls /tmp/stopped; docker pause web; docker cp web:/tmp/stopped - | tar -t; docker unpause web
> web
> /tmp/stopped
> web
> stopped
> web
$ docker create --name new box cat /tmp/given; docker cp file new:/tmp/given; docker start -a new
> ID1
> file
$ docker rm new; docker rm -f web
> new
> web

# Volumes and read-only roots.
$ docker run -d --name vol -v data:/data -v $PWD/dir:/host -v $PWD/out:/ro:ro --tmpfs /fleeting box serve
> ID1
$ docker cp file vol:/data/new; docker exec vol ls /data
> file
> new
> sub
$ docker cp file vol:/host/new; ls dir
> in
> link
> new
> sub
$ docker cp file vol:/ro/new; ls out/new
! mounted volume is marked read-only
! ls: cannot access 'out/new': No such file or directory
? 2
$ docker cp vol:/data - | tar -t | sort
> data/
> data/file
> data/new
> data/sub/
> data/sub/file
$ docker cp vol:/host - | tar -t | sort
> host/
> host/in
> host/link
> host/new
> host/sub/
> host/sub/deep
$ docker stop vol; docker cp vol:/data/new - | tar -t; docker cp file vol:/data/stopped; docker start vol; docker exec vol ls /data; docker rm -f vol; docker volume rm data
> vol
> new
> vol
> file
> new
> stopped
> sub
> vol
> data
$ docker run -d --name ro --read-only --tmpfs /tmp box serve
> ID1
$ docker cp file ro:/etc/new
! container rootfs is marked read-only
? 1
$ docker cp ro:/etc/passwd - | tar -t; docker rm -f ro
> passwd
> ro
