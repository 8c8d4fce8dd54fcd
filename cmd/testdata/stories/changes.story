# diff, commit, export, import.
$ docker run --name made box sh -c 'echo new >/new; rm /data/file; echo more >>/etc/passwd; mkdir -p /a/b; touch /a/b/c; chmod 700 /home/user; ln -s x /tmp/link'
$ docker diff made | sort
> A /a
> A /a/b
> A /a/b/c
> A /new
> A /tmp/link
> C /data
> C /etc
> C /etc/passwd
> C /home
> C /home/user
> C /tmp
> D /data/file
= `diff`
> A /a
> A /a/b
> A /a/b/c
> A /new
> A /tmp/link
> C /data
> C /etc/passwd
> C /home/user
> C /tmp
> D /data/file
$ docker diff nosuch
! no such container: nosuch
? 1
= the words of error messages
! no such container, and no such directory of changes: nosuch
? 1
$ docker diff
! "docker diff" requires exactly 1 argument
!
! usage:  docker diff CONTAINER
!
! inspect changes to files or directories on a container's filesystem
? 1
= usage errors
! diff: no directory given: that of a run with --overlay=DIR (see docker diff --help)
? 125
$ docker container diff made | wc -l
> 12
= `diff`
> 10
$ docker commit made | cut -d: -f1
> sha256
$ docker commit -m message -a author -c 'CMD ["cat","/new"]' -c 'ENV B=1' -c 'LABEL l=m' made made:1 | cut -d: -f1
> sha256
$ docker run --rm made:1
> new
$ docker run --rm made:1 sh -c 'ls /data; cat /a/b/c; echo $B'
> sub
> 1
$ docker image inspect -f '{{.Comment}} {{.Author}} {{json .Config.Cmd}} {{.Config.Labels}}' made:1
> message author ["cat","/new"] map[l:m]
$ docker history made:1 --format '{{.CreatedBy}}|{{.Comment}}' | head -1
> sh -c echo new >/new; rm /data/file; echo mo…|message
$ docker commit nosuch x
! no such container: nosuch
? 1
$ docker commit made UPPER
! invalid reference format: repository name must be lowercase
? 1
= the words of error messages
! invalid reference format: "UPPER": repository name (library/UPPER) must be lowercase
? 1
$ docker commit -c 'NOSUCH x' made x
! nosuch is not a valid change command
? 1
= the words of error messages
! commit container ID1: change "NOSUCH x": NOSUCH is not a valid change command: CMD, ENTRYPOINT, ENV, EXPOSE, HEALTHCHECK, LABEL, ONBUILD, STOPSIGNAL, USER, VOLUME, WORKDIR are
? 1
$ docker commit
! "docker commit" requires at least 1 and at most 2 arguments
!
! usage:  docker commit [OPTIONS] CONTAINER [REPOSITORY[:TAG]]
!
! create a new image from a container's changes
? 1
= usage errors
! commit: no container given (see docker commit --help)
? 125
$ docker ps -a --filter ancestor=made:1 -q
$ docker export made | tar -t | grep -E '^(new|data/|a/|etc/passwd)' | sort
> a/
> a/b/
> a/b/c
> data/
> data/sub/
> data/sub/file
> etc/passwd
> new
$ docker export -o made.tar made; tar -xOf made.tar new
> new
$ docker export made >made2.tar; cmp made.tar made2.tar
$ docker export nosuch
! no such container: nosuch
? 1
$ docker export -o no/such/dir made
! failed to export container: invalid output path: directory "no/such" does not exist
? 1
= the words of error messages
! open no/such/dir: no such file or directory
? 1
$ docker export
! "docker export" requires exactly 1 argument
!
! usage:  docker export [OPTIONS] CONTAINER
!
! export a container's filesystem as a tar archive
? 1
= usage errors
! export: no container given (see docker export --help)
? 125
$ docker import made.tar again | cut -d: -f1
> sha256
$ docker run --rm again /bin/cat /new
> new
$ docker rm made; docker rmi made:1 again >/dev/null
> made

# Of a container that runs.
$ docker run -d --name live -v vol:/data box serve && docker exec live sh -c 'echo volume >/data/new; echo root >/root.new'
> ID1
$ docker diff live
> A /root.new
$ docker commit live live:1 | cut -d: -f1; docker inspect -f '{{.State.Status}}' live
> sha256
> running
$ docker commit --pause=false live live:2 | cut -d: -f1
> sha256
$ docker run --rm live:1 sh -c 'cat /root.new; ls /data'
> root
> file
> sub
$ docker image inspect -f '{{json .Config.Cmd}}' live:1
> ["serve"]
$ docker export live | tar -t | grep -E '^(root.new|data/)'
> data/
> data/file
> data/sub/
> data/sub/file
> root.new
$ docker rm -f live; docker volume rm vol; docker rmi live:1 live:2 >/dev/null
> live
> vol
$ docker create --name untouched box true >/dev/null; docker diff untouched; docker export untouched | tar -t | grep -c ^data/; docker rm untouched
> 4
> untouched
