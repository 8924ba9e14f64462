CREATE DATABASE cluster; -- see compose.smoke.yml
