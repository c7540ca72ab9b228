"""Persons and organisations over the API (人员、单位), masked but for a purpose."""

from typing import Any, cast

from django.db.models import OuterRef, QuerySet, Subquery
from django.http import Http404
from django.utils import timezone
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import OpenApiParameter, extend_schema
from rest_framework import generics, serializers
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from backend.access.models import Staff
from backend.kernel.errors import Refusal
from backend.kernel.identity import IdKind, Sex
from backend.people import deaths, queries, register
from backend.people.look import disclosed
from backend.people.models import Organisation, Party, PartyKind, PartyName, Person
from backend.privacy.classes import FieldClass
from backend.privacy.masks import Disclosure, masked
from backend.web.idempotency import idempotent
from backend.web.reckoned import ReckonedList

NUMBER = OpenApiParameter("number", OpenApiTypes.STR, description="证件号码或统一社会信用代码")
NAME = OpenApiParameter("name", OpenApiTypes.STR, description="姓名或名称(全称)")
PURPOSE = OpenApiParameter("purpose", OpenApiTypes.STR, description="查询用途;不写则脱敏")


class SearchMissing(Refusal):
    """The register is searched, not leafed through (请输入号码或姓名)."""

    code = "search_missing"


class SightRow(serializers.Serializer[Any]):
    """A party in a list: name and number are masked."""

    party_id = serializers.IntegerField()
    name = serializers.SerializerMethodField()
    number_kind = serializers.CharField()
    number = serializers.SerializerMethodField()

    def get_name(self, sight: queries.Sight) -> str:
        """王**."""
        return masked(FieldClass.NAME, sight.name)

    def get_number(self, sight: queries.Sight) -> str:
        """340802********1234."""
        return masked(FieldClass.NUMBER, sight.number)


class DatedFact(serializers.Serializer[Any]):
    """A name or number in time."""

    value = serializers.CharField()
    kind = serializers.CharField(allow_blank=True)
    from_date = serializers.DateField(allow_null=True)
    to_date = serializers.DateField(allow_null=True)
    recorded_at = serializers.DateTimeField()
    superseded_at = serializers.DateTimeField(allow_null=True)


class DeathFields(serializers.Serializer[Any]):
    """A death as known now."""

    death_date = serializers.DateField()
    told_by = serializers.CharField(source="source")
    confirmed = serializers.BooleanField()
    case_id = serializers.IntegerField(allow_null=True)


class PersonDetail(serializers.Serializer[Any]):
    """One person, with the history of names and numbers."""

    party_id = serializers.IntegerField()
    canonical_id = serializers.IntegerField()
    birth_date = serializers.CharField(help_text="脱敏时只有年份")
    sex = serializers.IntegerField(allow_null=True, help_text="脱敏时为空")
    nation = serializers.CharField(allow_null=True, help_text="脱敏时为空")
    district = serializers.CharField()
    village = serializers.IntegerField(allow_null=True)
    names = DatedFact(many=True)
    numbers = DatedFact(many=True)
    death = DeathFields(allow_null=True)
    double_changed = serializers.BooleanField()
    masked = serializers.BooleanField()


class NewPerson(serializers.Serializer[Any]):
    """What the register must know of a person."""

    name = serializers.CharField(max_length=150)
    id_kind = serializers.ChoiceField(choices=[kind.value for kind in IdKind])
    id_number = serializers.CharField(max_length=24)
    birth_date = serializers.DateField()
    sex = serializers.ChoiceField(choices=[sex.value for sex in Sex])
    nation = serializers.RegexField(r"^[0-9]{2}$")
    district = serializers.RegexField(r"^[0-9]{6}$")
    village_id = serializers.PrimaryKeyRelatedField(
        queryset=Party.objects.filter(kind=PartyKind.VILLAGE), required=False, allow_null=True
    )


class PersonList(generics.GenericAPIView[Any]):
    """Search persons by number or full name; POST enters one."""

    queryset = Party.objects.filter(kind=PartyKind.PERSON)
    serializer_class = SightRow

    @extend_schema(parameters=[NUMBER, NAME], responses=SightRow(many=True))
    def get(self, request: Request) -> Response:
        """List who has, or ever had, this number or name."""
        return _sights_page(self, _found(request, self.get_queryset()))

    @extend_schema(request=NewPerson, responses={201: SightRow})
    @idempotent
    def post(self, request: Request) -> Response:
        """Enter a person."""
        given = NewPerson(data=request.data)
        given.is_valid(raise_exception=True)
        data, today = given.validated_data, timezone.localdate()
        village = data.pop("village_id", None)
        person = register.register_person(
            **{**data, "id_kind": IdKind(data["id_kind"]), "sex": Sex(int(data["sex"]))},
            village_id=village.pk if village else None,
            today=today,
            registered_by=cast(Staff, request.user),
        )
        sights = queries.sights(party_ids=[person.pk], on=today)
        return Response(SightRow(sights[person.pk]).data, status=201)


class PersonOne(APIView):
    """One person; masked unless a purpose is given, and then written down."""

    @extend_schema(parameters=[PURPOSE], responses=PersonDetail)
    def get(self, request: Request, pk: int) -> Response:
        """Show the person with names, numbers and death."""
        person = Person.objects.filter(pk=pk).first()
        if person is None:
            raise Http404
        disclosure = disclosed(request=request, party_ids=[pk])
        return Response(PersonDetail(_detail(person, disclosure)).data)


class DoubleChangeRow(serializers.Serializer[Any]):
    """A person whose name and number both changed within a year."""

    party_id = serializers.IntegerField()
    name_changed_at = serializers.DateTimeField()
    number_changed_at = serializers.DateTimeField()


class DoubleChangeList(ReckonedList):
    """The supervision's list of double changes (双改) of the last two years."""

    serializer_class = DoubleChangeRow

    def rows(self) -> list[queries.DoubleChange]:
        """As the register knows them now."""
        return queries.double_changes(now=timezone.now())

    @extend_schema(responses=DoubleChangeRow(many=True))
    def get(self, request: Request) -> Response:
        """List them."""
        return self.page(request)


class NewOrganisation(serializers.Serializer[Any]):
    """An employer, village or institution; only a village may have no credit code."""

    kind = serializers.ChoiceField(
        choices=[kind.value for kind in PartyKind if kind is not PartyKind.PERSON]
    )
    name = serializers.CharField(max_length=150)
    code = serializers.CharField(max_length=18, allow_blank=True, default="")
    district = serializers.RegexField(r"^[0-9]{6}$")


class OrganisationList(generics.GenericAPIView[Any]):
    """Search organisations by credit code or full name. POST registers one."""

    queryset = Party.objects.filter(pk__in=Organisation.objects.values("pk"))
    serializer_class = SightRow

    @extend_schema(parameters=[NUMBER, NAME], responses=SightRow(many=True))
    def get(self, request: Request) -> Response:
        """List who has this code or name; an organisation's name is public."""
        return _sights_page(self, _found(request, self.get_queryset()))

    @extend_schema(request=NewOrganisation, responses={201: SightRow})
    @idempotent
    def post(self, request: Request) -> Response:
        """Enter it; a code that is taken is refused."""
        given = NewOrganisation(data=request.data)
        given.is_valid(raise_exception=True)
        data, today = given.validated_data, timezone.localdate()
        organisation = register.register_organisation(
            name=data["name"],
            kind=PartyKind(data["kind"]),
            code=data["code"],
            district=data["district"],
            since=today,
            registered_by=cast(Staff, request.user),
        )
        sight = queries.sights(party_ids=[organisation.pk], on=today)[organisation.pk]
        return Response(SightRow(sight).data, status=201)


class VillageRow(serializers.ModelSerializer[Organisation]):
    """A village or community; its name is public."""

    id = serializers.IntegerField(source="pk")
    name = serializers.CharField()

    class Meta:
        model = Organisation
        fields = ("id", "name", "district")


class VillageList(generics.ListAPIView[Organisation]):
    """Villages and communities; filter: district (its code of twelve digits)."""

    queryset = Organisation.objects.filter(party__kind=PartyKind.VILLAGE).annotate(
        name=Subquery(
            PartyName.objects.filter(
                party=OuterRef("pk"), superseded_at__isnull=True, valid__upper_inf=True
            ).values("name")[:1]
        )
    )
    serializer_class = VillageRow
    filterset_fields = ("district",)


def _found(request: Request, among: QuerySet[Party]) -> QuerySet[Party]:
    number = request.query_params.get("number", "").strip()
    name = request.query_params.get("name", "").strip()
    if not number and not name:
        raise SearchMissing("请输入证件号码或姓名再查询。")
    if number:
        party_id = queries.party_by_number(number=number)
        among = among.filter(pk__in=[] if party_id is None else [party_id])
    if name:
        among = among.filter(pk__in=queries.parties_by_name(name=name))
    return among


def _sights_page(view: generics.GenericAPIView[Any], found: QuerySet[Party]) -> Response:
    page = view.paginate_queryset(found) or []
    ids = [party.pk for party in page]
    sights = queries.sights(party_ids=ids, on=timezone.localdate())
    return view.get_paginated_response(SightRow([sights[pk] for pk in ids], many=True).data)


def _detail(person: Person, disclosure: Disclosure) -> dict[str, object]:
    """Together with the number a whole day of birth would tell what the number's mask hides."""
    party_id, shown = person.pk, disclosure.text
    traits = disclosure.shows(FieldClass.TRAIT)
    return {
        "party_id": party_id,
        "canonical_id": queries.canonical_id(party_id=party_id),
        "birth_date": shown(FieldClass.BIRTH, str(person.birth_date)),
        "sex": person.sex if traits else None,
        "nation": person.nation if traits else None,
        "district": person.district,
        "village": person.village_id,
        "names": [
            {**_times(row), "kind": "", "value": shown(FieldClass.NAME, row.name)}
            for row in queries.name_history(party_id=party_id)
        ],
        "numbers": [
            {**_times(row), "kind": row.kind, "value": shown(FieldClass.NUMBER, row.number)}
            for row in queries.number_history(party_id=party_id)
        ],
        "death": deaths.current_death(person_id=party_id),
        "double_changed": queries.is_double_changed(party_id=party_id, now=timezone.now()),
        "masked": not disclosure.in_full,
    }


def _times(row: Any) -> dict[str, object]:
    return {
        "from_date": row.valid.lower,
        "to_date": row.valid.upper,
        "recorded_at": row.recorded_at,
        "superseded_at": row.superseded_at,
    }
