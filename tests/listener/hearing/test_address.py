"""Which addresses lie on the open internet."""

import pytest

from listener.hearing.address import is_public, is_withheld


@pytest.mark.parametrize(
    "host", ["8.8.8.8", "2606:4700::1111", "::ffff:8.8.8.8", "64:ff9b::808:808", "2002:808:808::1"]
)
def test_the_open_internet_is_public(host):
    assert is_public(host)


@pytest.mark.parametrize(
    "host",
    [
        "127.0.0.1", "10.1.2.3", "172.16.0.1", "192.168.0.1", "169.254.169.254", "100.64.0.1", "0.0.0.0",
        "255.255.255.255", "224.0.0.1", "239.1.1.1", "240.0.0.1", "192.0.2.1", "198.18.0.1", "192.88.99.1",
        "192.0.0.8",
        "::", "::1", "::127.0.0.1", "::8.8.8.8", "fe80::1", "fe80::1%eth0", "fc00::1", "fd00::1", "fec0::1",
        "ff02::1", "100::1", "2001:db8::1", "3fff::1",
        "::ffff:127.0.0.1", "::ffff:10.0.0.1", "::ffff:169.254.169.254",
        "64:ff9b::7f00:1", "64:ff9b::a00:1", "64:ff9b:1::808:808", "2002:7f00:1::", "2002:a00:1::1",
        "2001:0:808:808::1", "2001:10::1", "localhost", "",
    ],
)  # fmt: skip
def test_everything_else_is_not(host):
    assert not is_public(host)


@pytest.mark.parametrize(
    "host",
    [
        "169.254.169.254", "169.254.0.1", "::ffff:169.254.169.254", "64:ff9b::a9fe:a9fe", "2002:a9fe:a9fe::",
        "fe80::1%eth0", "fd00:ec2::254", "fd20:ce::254", "100.100.100.200",
    ],
)  # fmt: skip
def test_what_machines_keep_to_themselves_is_withheld_from_everybody(host):
    assert is_withheld(host)
    assert not is_public(host)


@pytest.mark.parametrize(
    "host", ["127.0.0.1", "10.0.0.1", "8.8.8.8", "fd00::1", "100.64.0.1", "localhost", ""]
)
def test_what_a_private_source_may_read_is_not_withheld(host):
    assert not is_withheld(host)
