package cmd

const (
	configName   = "mydocker.conf"
	systemConfig = "/etc/" + configName
)
