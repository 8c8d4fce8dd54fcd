package cmd

// What to do instead of something that Docker has and mydocker has not: what it is
// here, what else does it, or that it comes. Every flag of "docker run" and every
// command of Docker 20.10 to 29 has its line, or is there.

const (
	noBridge  = "a container has a loopback device alone, or with --network host the host's network"
	noPorts   = "no ports are forwarded yet; --network host is the host's network"
	noSwarm   = "this is one host: a cluster is Kubernetes's or Swarm's"
	noBuild   = "nothing is built here: buildah, podman and docker do that"
	onWindows = "it is for Windows"
)

// insteadOfFlag is such a text for a flag, or "".
func insteadOfFlag(name string) string {
	return find(name, dockerFlags())
}

// insteadOfCommand is such a text for a command, or "".
func insteadOfCommand(name string) string { return find(name, dockerCommands()) }

func dockerFlags() []hint {
	return []hint{
		{"add-host", "/etc/hosts is the host's, and a name is added there; with a root of its own -v FILE:/etc/hosts gives another"},
		{"annotation", "there is no OCI runtime behind mydocker that would read it"},
		{"blkio-weight-device", "--blkio-weight is for all devices; on cgroup v2 --cgroup-conf 'io.weight=MAJOR:MINOR WEIGHT' is for one"},
		{"cpu-count cpu-percent io-maxbandwidth io-maxiops isolation", onWindows},
		{"cpu-rt-period cpu-rt-runtime", "the kernel has it on cgroup v1 alone; chrt(1) before the command gives it a real-time policy"},
		{"gpus", "--device gives the devices of one, in a root file system of the container's own"},
		{"disable-content-trust", "no signatures of Notary are looked for, as in Docker without that"},
		{"dns dns-opt dns-option dns-search", "-v FILE:/etc/resolv.conf gives a root of its own another; --env RES_OPTIONS and LOCALDOMAIN change it"},
		{"expose p publish P publish-all", noPorts},
		{"ip ip6 link link-local-ip mac-address net-alias network-alias", noBridge},
		{"kernel-memory", "--memory counts the kernel's memory for the container, too"},
		{"memory-swappiness", "the kernel has it on cgroup v1 alone; --memory-swap as large as --memory is no swap at all"},
		{"oom-kill-disable", "a container that is out of memory would stand still; --memory 0 lifts the limit"},
		{"runtime", "mydocker is the runtime"},
		{"storage-opt", "--overlay=DIR keeps what is changed in DIR, where the file system's own quotas hold"},
		{"use-api-socket", "there is no daemon, and so no socket of its"},
	}
}

// dockerGlobalFlags are those of the client, which stand before its command.
func dockerGlobalFlags() []hint {
	return []hint{
		{"H host context tls tlscacert tlscert tlskey tlsverify", "there is no daemon that would be connected to"},
		{"config", "defaults for the flags of run are in mydocker.conf; MYDOCKER_CONFIG names another file"},
		{"D", "--debug has no short form"},
		{"l", "--log-level has no short form"},
	}
}

func dockerCommands() []hint {
	return []hint{
		{"build builder buildx bake", noBuild},
		{"checkpoint", "criu(8) dumps and restores processes"},
		{"compose stack", "one run is one container; a shell script or a service manager runs several"},
		{"config secret", "nothing is handed out: --env-file sets variables, and -v SRC:DST:ro gives a file"},
		{"context", "there is one host, and no daemon to choose"},
		{"manifest", "image inspect shows an image's configuration; skopeo inspect --raw shows a manifest of a registry"},
		{"search", "what a registry has, its own pages show; pull takes an image by its name"},
		{"trust", "signatures are not looked at; pull NAME@sha256:DIGEST takes that image and no other"},
		{"network", noBridge},
		{"node service swarm", noSwarm},
		{"plugin", "there is no daemon that would load one"},
		{"ai app cloud debug desktop dev extension feedback mcp model offload pass sandbox sbom scan scout", "that is a plugin of Docker's own"},
	}
}
