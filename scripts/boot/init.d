#!/bin/sh
### BEGIN INIT INFO
# Provides:          mydocker-boot
# Required-Start:    $local_fs $remote_fs $network
# Required-Stop:
# Default-Start:     2 3 4 5
# Default-Stop:
# Short-Description: containers of mydocker that start with the host
# Description:       starts the containers whose restart policy asks for that after a boot
### END INIT INFO
#
# For hosts without systemd. With sysvinit: copy it to /etc/init.d, and update-rc.d mydocker-boot
# defaults. With OpenRC: put "mydocker boot" into /etc/local.d/mydocker.start instead. A user without
# systemd has cron: @reboot mydocker boot. At a shutdown the supervisors get SIGTERM as
# all processes do, and pass it on.
case ${1-} in
start | restart | force-reload) exec mydocker boot ;;
stop) ;;
status) exec mydocker ps ;;
*)
    echo "usage: $0 start|stop|restart|force-reload|status" >&2
    exit 2
    ;;
esac
