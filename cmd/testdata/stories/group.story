# Every command for containers stands behind container, too.
$ docker container create --name web box serve one
> ID1
$ docker container start web
> web
$ awaits 'docker container logs web | grep ready'
$ docker container exec web echo within
> within
$ docker container exec web sh -c 'exit 3'
? 3
$ docker container update --restart no web
> web
$ docker container pause web
> web
$ docker container unpause web
> web
$ docker container kill -s HUP web
> web
$ docker container rename web site
$ docker container restart -t 5 site
> site
$ docker container rm site >/dev/null 2>&1; echo $?
> 1
$ docker container stop -t 5 site
> site
$ docker container wait site
> 3
$ docker container run --rm box echo ran
> ran
$ echo passed | docker container run -i --rm box cat
> passed
$ docker container run --rm box sh -c 'exit 7'
? 7
$ docker container start -a nosuch >/dev/null 2>&1; echo $?
> 1
$ docker --debug container stop site
> site
$ docker container rm site
> site
$ docker container rm -f nosuch >/dev/null 2>&1; docker container ls -aq
