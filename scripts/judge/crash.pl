#!/usr/bin/perl
unpack 'p', pack('J', 8); # a string at address 8
