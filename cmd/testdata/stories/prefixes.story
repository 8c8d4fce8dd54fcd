# Names and unique beginnings of ids.
$ docker run -d --name one box serve >one; docker run -d --name two box serve >two; awaits 'docker logs two | grep ready'
$ docker inspect -f '{{.Name}}' $(cut -c1-12 one)
> /one
$ docker inspect -f '{{.Name}}' $(cut -c1-6 one)
> /one
$ docker inspect -f '{{.Name}}' /one
> /one
$ docker stop $(cut -c1-8 one) | cut -c1-8 | cmp - two >/dev/null; docker inspect -f '{{.State.Status}}' one
> exited
$ docker start $(cut -c1-12 one) >out; cut -c1-12 one >short; cut -c1-12 out | cmp - short
$ docker rm $(cut -c1-12 one) | sed 's/[0-9a-f]\{12,\}/ID/'
! you cannot remove a running container ID1. Stop the container before attempting removal or force remove
= the words of error messages
! container ID1 is running: stop it before removing it, or force removal with rm -f
$ docker logs $(cut -c1-7 two)
> ready
$ docker kill $(cat two) | cmp - two
$ docker rm $(cat two) $(cat one)
> ID1
! you cannot remove a running container ID2. Stop the container before attempting removal or force remove
? 1
= the words of error messages
> ID1
! container ID2 is running: stop it before removing it, or force removal with rm -f
? 1
$ docker rm -f one
> one

# A name that is the beginning of an id, and an id's beginning that is no container's.
$ id=$(docker create box true); beginning=$(echo $id | cut -c1-4); docker create --name $beginning box true >other; \
docker inspect -f '{{.Id}}' $beginning | cut -c1-12 >found; cut -c1-12 other | cmp - found; docker rm $id >/dev/null; docker rm $(cat other) >/dev/null; docker ps -aq
$ docker inspect -f '{{.Id}}' ffffffffffffffffffffffffffffff
>
! no such object: ffffffffffffffffffffffffffffff
? 1
= fields of `inspect`
! no such object: ffffffffffffffffffffffffffffff
? 1
$ docker rm ''
! container name cannot be empty
? 1
= the words of error messages
! no such container:
? 1
$ docker stop ''
! page not found
? 1
= the words of error messages
! no such container:
? 1
$ docker inspect ''
> []
! no such object:
? 1

# Two ids that begin alike: an empty beginning is of all. Of 17 two begin with the same digit.
$ for i in 1 2 3 4 5 6 7 8 9 10 11 12 13 14 15 16 17; do docker create box true; done | cut -c1 | sort | uniq -d | head -1 >digit
$ docker inspect -f x $(cat digit) 2>&1 | sed "s/\b$(cat digit)\b/DIGIT/"
>
> Multiple IDs found with provided prefix: DIGIT
= fields of `inspect`
> DIGIT is not the id of one container alone: say more of it
$ docker rm $(cat digit) 2>&1 | sed "s/\b$(cat digit)\b/DIGIT/"
> Multiple IDs found with provided prefix: DIGIT
= the words of error messages
> DIGIT is not the id of one container alone: say more of it
$ docker start $(cat digit) 2>&1 | sed "s/\b$(cat digit)\b/DIGIT/"
> Multiple IDs found with provided prefix: DIGIT
> failed to start containers: DIGIT
= the words of error messages
> DIGIT is not the id of one container alone: say more of it
$ docker ps -aq | wc -l
> 17
$ docker ps -aq | xargs docker rm -f | wc -l
> 17
$ docker ps -aq

# Names.
$ docker create --name x box true
! invalid container name (x), only [a-zA-Z0-9][a-zA-Z0-9_.-] are allowed
? 1
= usage errors
! invalid value "x" for --name: not two or more letters, digits and _ . - of which the first is a letter or digit
? 125
$ docker create --name '' box true | wc -l
> 1
$ docker create --name _x box true
! invalid container name (_x), only [a-zA-Z0-9][a-zA-Z0-9_.-] are allowed
? 1
= usage errors
! invalid value "_x" for --name: not two or more letters, digits and _ . - of which the first is a letter or digit
? 125
$ docker create --name 'a b' box true
! invalid container name (a b), only [a-zA-Z0-9][a-zA-Z0-9_.-] are allowed
? 1
= usage errors
! invalid value "a b" for --name: not two or more letters, digits and _ . - of which the first is a letter or digit
? 125
$ docker create --name /lead box true >/dev/null; docker inspect -f '{{.Name}}' lead
> /lead
$ docker create --name a/b box true
! invalid container name (a/b), only [a-zA-Z0-9][a-zA-Z0-9_.-] are allowed
? 1
= usage errors
! invalid value "a/b" for --name: not two or more letters, digits and _ . - of which the first is a letter or digit
? 125
$ docker create --name A.b-c_d1 box true >/dev/null; docker ps -a --filter name=A.b --format '{{.Names}}'
> A.b-c_d1
$ docker ps -a --format '{{.Names}}' | grep -cE '^[a-z]+_[a-z]+[0-9]?$'
> 1
