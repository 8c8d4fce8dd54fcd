# A project's Makefile: its service runs while its tests do.
NAME  ?= project-db
IMAGE ?= box

.PHONY: up wait test logs down check

up:
	docker run -d --name $(NAME) -e MODE=test -v $(CURDIR)/fixtures:/fixtures:ro $(IMAGE) \
		sh -c 'echo starting; sleep 0.3; cp /fixtures/rows /tmp/rows; echo "accepting connections"; trap "exit 0" TERM; while :; do sleep 0.1; done' >/dev/null

wait:
	@until docker logs $(NAME) 2>&1 | grep -q 'accepting connections'; do sleep 0.1; done

test:
	docker exec $(NAME) sh -c 'test "$$MODE" = test'
	docker exec -i $(NAME) sh -c 'cat >>/tmp/rows' <more
	docker exec $(NAME) sort /tmp/rows

logs:
	docker logs $(NAME)

down:
	-docker rm -f $(NAME) 2>/dev/null

check:
	mkdir -p fixtures; echo first >fixtures/rows; echo another >more
	$(MAKE) -s -f service.mk down up wait
	$(MAKE) -f service.mk test logs
	$(MAKE) -f service.mk down
