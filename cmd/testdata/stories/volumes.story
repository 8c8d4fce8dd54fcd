$ docker volume create vol
> vol
$ docker volume create vol
> vol
$ docker volume ls
> DRIVER   VOLUME NAME
> local   vol
$ docker volume ls -q
> vol
$ docker volume inspect -f '{{.Name}} {{.Driver}} {{.Scope}} {{.Labels}} {{.Options}}' vol
> vol local local map[] map[]
$ docker volume create | wc -c
> 65
$ docker volume create --label a=b --label c labelled
> labelled
$ docker volume ls --filter label=a --format '{{.Name}}|{{.Driver}}|{{.Scope}}'
> labelled|local|local
$ docker volume ls --filter label=a=b -q
> labelled
$ docker volume ls --filter label=a=x -q
$ docker volume ls --filter name=lab -q
> labelled
$ docker volume ls --filter driver=local --filter name=vol -q
> vol
$ docker volume ls --filter dangling=true -q | grep -v '^[0-9a-f]\{64\}'
> labelled
> vol
$ docker volume ls --filter nosuch=x
! invalid filter 'nosuch'
? 1
= usage errors
! invalid value "nosuch=x" for --filter: there are dangling, driver, label, name (see docker volume ls --help)
? 125
$ docker volume ls -q | grep -cE '^[0-9a-f]{64}$'
> 1
$ docker volume create 'not valid'
! create not valid: "not valid" includes invalid characters for a local volume name, only "[a-zA-Z0-9][a-zA-Z0-9_.-]" are allowed. If you intended to pass a host directory, use absolute path
? 1
$ docker volume create x
! create x: volume name is too short, names should be at least two alphanumeric characters
? 1
$ docker volume create -d nosuch other
! create other: error looking up volume plugin nosuch: plugin "nosuch" not found
? 1
= the words of error messages
! create other: error looking up volume plugin nosuch: plugin "nosuch" not found (local is the only driver)
? 1
$ docker volume create one two
! "docker volume create" requires at most 1 argument
!
! usage:  docker volume create [OPTIONS] [VOLUME]
!
! create a volume
? 1
= usage errors
! volume create: there is one argument too many: "two" (see docker volume create --help)
? 125
$ docker volume inspect nosuch
> []
! no such volume: nosuch
? 1
= the words of error messages
> []
! get nosuch: no such volume
? 1
$ docker volume inspect vol nosuch -f '{{.Name}}'
> vol
! no such volume: nosuch
? 1
= the words of error messages
> vol
! get nosuch: no such volume
? 1
$ docker volume rm nosuch
! no such volume: nosuch
? 1
= the words of error messages
! get nosuch: no such volume
? 1
$ docker volume rm -f nosuch
> nosuch
$ docker volume rm
! "docker volume rm" requires at least 1 argument
!
! usage:  docker volume rm [OPTIONS] VOLUME [VOLUME...]
!
! remove one or more volumes
? 1
= usage errors
! volume rm: no volume given (see docker volume rm --help)
? 125
$ docker volume rm labelled nosuch
> labelled
! no such volume: nosuch
? 1
= the words of error messages
> labelled
! get nosuch: no such volume
? 1
$ docker volume rm $(docker volume ls -q | grep -E '^[0-9a-f]{64}$') | wc -l
> 1

# Files of the image are copied into an empty volume.
$ docker run --rm -v vol:/data box sh -c 'cat /data/file; ls -ln /data | grep -v total | awk "{ print \$1, \$3, \$4, \$NF }"; echo kept >/data/kept'
> image
> -rw-r--r-- 0 0 file
> drwxr-xr-x 1000 1000 sub
$ docker run --rm -v vol:/x box ls /x
> file
> kept
> sub
$ docker run --rm -v fresh3:/etc:nocopy box ls /etc; docker volume rm fresh3 >/dev/null
> hostname
> hosts
> resolv.conf
= `-v DIR:/etc`
$ docker run --rm -v fresh:/data:nocopy box ls /data
$ docker run --rm -v fresh:/data box ls /data
> file
> sub
$ docker run --rm -v fresh:/data:ro box sh -c 'touch /data/x; ls /data'
> file
> sub
! touch: /data/x: Read-only file system
$ docker run --rm -v vol:/data/sub box ls /data /data/sub
> /data:
> file
> sub
>
> /data/sub:
> file
> kept
> sub
$ docker run --rm --mount type=volume,src=vol,dst=/m box ls /m
> file
> kept
> sub
$ docker run --rm --mount source=vol,target=/m,readonly box touch /m/x
! touch: /m/x: Read-only file system
? 1
$ docker run --rm --mount type=volume,src=fresh2,dst=/data,volume-nocopy box ls /data
$ docker run --rm -v vol:/data:nosuch box true
! invalid mode: nosuch
? 125
= the words of error messages
! invalid value "vol:/data:nosuch" for --volume: unknown option "nosuch" (ro, rw, nocopy, z, Z, U, noexec, nosuid, nodev, private, rprivate, slave, rslave, shared and rshared are known)
? 125
$ docker run --rm -v vol:relative box true
! invalid volume specification: 'vol:relative': invalid mount config for type "volume": invalid mount path: 'relative' mount path must be absolute
? 125
= the words of error messages
! invalid value "vol:relative" for --volume: invalid mount path: "relative": the path in the container must be absolute
? 125
$ docker run --rm -v 'no/valid name':/data box true
! create no/valid name: "no/valid name" includes invalid characters for a local volume name, only "[a-zA-Z0-9][a-zA-Z0-9_.-]" are allowed. If you intended to pass a host directory, use absolute path
? 125
= the words of error messages
! invalid value "no/valid name:/data" for --volume: "no/valid name" is no absolute path: one from here begins with ./, as in ./no/valid name
? 125
$ docker run --rm -v vol:/ box true
! invalid volume specification: 'vol:/': invalid mount config for type "volume": invalid specification: destination can't be '/'
? 125
= the words of error messages
! invalid value "vol:/" for --volume: the destination can't be /: --rootfs DIR is for that
? 125
$ docker run --rm -v :/data box true
= usage errors
! invalid value ":/data" for --volume: an empty section between colons: not SRC:DST[:OPTION,...]
? 125
$ docker volume ls -q
> fresh
> fresh2
> vol

# In use.
$ docker run -d --name user -v vol:/data box serve
> ID1
$ docker volume rm vol
! remove vol: volume is in use - [ID1]
? 1
$ docker volume rm -f vol
! remove vol: volume is in use - [ID1]
? 1
$ docker ps --filter volume=vol --format '{{.Names}}|{{.Mounts}}|{{.LocalVolumes}}'
> user|vol|1
$ docker ps --filter volume=/data --format '{{.Names}}'
> user
$ docker ps --filter volume=nosuch --format '{{.Names}}'
$ docker inspect -f '{{range .Mounts}}{{.Type}} {{.Name}} {{.Destination}} {{.Driver}} {{.Mode}} {{.RW}} {{.Propagation}}{{end}}' user
> volume vol /data local z true
$ docker inspect -f '{{json .HostConfig.Binds}} {{json .Config.Volumes}}' user
> ["vol:/data"] null
$ docker volume ls --filter dangling=false -q
> vol
$ docker volume prune -f | grep fresh | sort; docker volume rm -f fresh fresh2 >/dev/null
> fresh
> fresh2
= `volume prune`
$ docker stop user; docker volume rm vol 2>&1 | grep -c 'in use'
> user
> 1
$ docker rm user; docker volume rm vol
> user
> vol

# Anonymous volumes go with rm -v and --rm, and stay otherwise.
$ docker run --name anon -v /data box sh -c 'cat /data/file; echo x >/data/x'; docker volume ls -q | wc -l
> image
> 1
$ docker inspect -f '{{range .Mounts}}{{.Type}} {{len .Name}} {{.Destination}} {{.RW}}{{end}} {{json .Config.Volumes}}' anon
> volume 64 /data true {"/data":{}}
$ docker start -a anon; docker rm anon; docker volume ls -q | wc -l
> image
> anon
> 1
$ docker run --rm -v /data box ls /data; docker volume ls -q | wc -l
> file
> sub
> 1
$ docker run --name anon -v /data box true; docker rm -v anon; docker volume ls -q | wc -l
> anon
> 1
$ docker run --rm boxes 'ls /data'; docker volume ls -q | wc -l
> file
> sub
> 1
$ docker run --name anon boxes 'touch /data/sub/mine'; docker rm -v anon; docker volume ls -q | wc -l
> anon
> 1
$ docker run --name anon -v named:/data boxes true; docker rm -v anon; docker volume ls -q
> anon
> ID1
> named
$ docker volume prune -f | sed 's/[0-9.]*k\?B$/SIZE/;s/^[0-9a-f]\{64\}$/ANON/' | sort; docker volume rm -f named >/dev/null
>
> ANON
> Deleted Volumes:
> Total reclaimed space: SIZE
> named
= `volume prune`
>
> ANON
> Deleted Volumes:
> Total reclaimed space: SIZE
$ docker volume ls -q

# Those of another container.
$ mkdir host; echo host >host/file; docker run --name store -v data:/data -v $PWD/host:/host:ro -v /anon box sh -c 'echo anon >/anon/file'
$ docker run --rm --volumes-from store box sh -c 'cat /data/file /host/file /anon/file; touch /host/x; touch /data/y && echo writable'
> image
> host
> anon
> writable
! touch: /host/x: Read-only file system
$ docker run --rm --volumes-from store:ro box sh -c 'touch /data/x; cat /anon/file'
> anon
! touch: /data/x: Read-only file system
$ docker run --rm --volumes-from store:rw box sh -c 'touch /data/x /anon/x && echo both; touch /host/x'
> both
! touch: /host/x: Read-only file system
? 1
$ docker run --rm --volumes-from store:bad box true
! invalid mode: bad
? 125
= the words of error messages
! --volumes-from store:bad: invalid mode: bad (ro and rw are known)
? 125
$ docker run --rm --volumes-from nosuch box true
! no such container: nosuch
? 125
= the words of error messages
! --volumes-from nosuch: No such container: nosuch
? 125
$ docker run --name second --volumes-from store -v other:/anon box ls /anon /host; docker inspect -f '{{range .Mounts}}{{.Destination}} {{.Type}} {{.RW}} {{end}}' second | xargs -n 3 | sort; docker inspect -f '{{.HostConfig.VolumesFrom}}' second
> /anon:
>
> /host:
> file
> /anon volume true
> /data volume true
> /host bind false
> [store]
= fields of `inspect`
> /anon:
>
> /host:
> file
> /anon volume true
> /data volume true
> /host bind false
> []
$ docker rm -v store second; docker volume ls -q | sed 's/[0-9a-f]\{64\}/ANON/'
> store
> second
> data
> other
$ docker volume prune -f >/dev/null; docker volume rm -f data other >/dev/null; docker volume ls -q
$ docker volume prune --filter label=x -f
> Total reclaimed space: 0B
$ docker volume prune --filter nosuch=x -f
! invalid filter 'nosuch'
? 1
= usage errors
! invalid value "nosuch=x" for --filter: there are all, label, label! (see docker volume prune --help)
? 125
$ echo n | docker volume prune
> WARNING! This will remove all local volumes not used by at least one container.
> Are you sure you want to continue? [y/N] Total reclaimed space: 0B
= `prune` without `--force` where nobody answers
> WARNING! This will remove anonymous local volumes not used by at least one container.
> Are you sure you want to continue? [y/N]\c
! nothing was removed; --force goes on without asking
? 125
$ docker volume >/dev/null 2>&1; echo $?
> 0
